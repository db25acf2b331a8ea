import { Pool } from 'pg';
import { paymentStream, reconciliationStream } from '@quadra/domain';
import { COMUNE, aCredit, aFlow, aLine, aNotice, aReceipt, day, eur, idOfCredit } from '../../../test/support/facts';
import type { Fact } from '../../../test/support/history';
import { withDatabase, type TestDatabase } from '../../../test/support/postgres';
import { Stepper } from '../../../test/support/stepper';
import { Matcher } from './matcher/matcher';
import { Bench } from './testing/bench';

const receipt = (iuv: string, iur: string, cents: number): Fact => ({ kind: 'receipt', iuv, content: aReceipt(iur, cents) });
const flow = (...args: Parameters<typeof aFlow>): Fact => ({ kind: 'flow', flow: aFlow(...args) });
const credit = (...args: Parameters<typeof aCredit>): Fact => ({ kind: 'credit', content: aCredit(...args) });
const storno = (documentNumber: string, cents: number): Fact => ({
  kind: 'storno',
  creditId: idOfCredit(documentNumber),
  movement: { on: day('2026-03-05'), amountCents: eur(cents), ordinal: 0 },
});

describe('the judging side', () => {
  let database: TestDatabase;
  let pool: Pool;
  let bench: Bench;

  beforeAll(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });
  beforeEach(async () => {
    bench = await Bench.open(pool, COMUNE);
  });

  const crash = (): never => {
    throw new Error('the process dies here');
  };
  const headAfter = async (work: () => Promise<void>): Promise<bigint> => {
    await work();
    return bench.store.head();
  };

  it('carries a payment from its receipt over its line to the money, each step one event', async () => {
    await bench.takeIn(receipt('IUV1', 'R1', 100));
    await bench.settle();
    expect(await bench.standing('IUV1')).toBe('paid');
    await bench.takeIn(flow('F1', [aLine('IUV1', 'R1', 100)]));
    await bench.settle();
    expect(await bench.standing('IUV1')).toBe('reported');
    await bench.takeIn(credit('1', 100, ['F1']));
    await bench.settle();
    expect(await bench.standing('IUV1')).toBe('credited');
    expect(await bench.typesOf(paymentStream(COMUNE, 'IUV1'))).toEqual(['ReceiptReceived', 'TransferReported', 'TransferCredited']);
  });

  it('takes the money back from a payment when the treasurer takes it back from the body', async () => {
    await bench.takeIn(receipt('IUV1', 'R1', 100), flow('F1', [aLine('IUV1', 'R1', 100)]), credit('1', 100, ['F1']));
    await bench.settle();
    await bench.takeIn(storno('1', 40));
    await bench.settle();
    expect(await bench.standing('IUV1')).toBe('reported FLOW_PARTLY_CREDITED');
    expect(await bench.allocations()).toMatchObject([{ cents: 60 }]);
  });

  it('keeps the line of a second flow although a receipt came while it looked, and its word on the first flow lies ahead in the feed', async () => {
    await bench.takeIn(flow('F1', [aLine('IUV1', 'R1', 100)]), flow('F3', [aLine('IUV1', 'R1', 100)]));
    await bench.lifecycle.step(3);
    await bench.takeIn(receipt('IUV1', 'R1', 100));
    await bench.lifecycle.step(3);
    await bench.settle();
    expect(await bench.standing('IUV1')).toBe('reported REPORTED_TWICE');
  });

  it('remembers after a restart what the money came for, when the feed brings it its own first word on a payment', async () => {
    const at = (hour: string) => ({ flowDateTime: `2026-03-03T${hour}:00:00` });
    await bench.takeIn(flow('F1', [aLine('IUV1', 'R1', 100), aLine('IUV2', 'R2', 50)], at('06')), credit('1', 150, ['F1']));
    await bench.takeIn(flow('F1', [aLine('IUV1', 'R1', 100)], at('07')));
    await bench.matcher.step(1_000);
    await bench.lifecycle.step(1_000);
    expect(await bench.standing('IUV2')).toBe('credited RECEIPT_MISSING REVISION_AFTER_FUNDING');
    bench.restart();
    await bench.settle();
    expect(await bench.standing('IUV2')).toBe('credited RECEIPT_MISSING REVISION_AFTER_FUNDING');
  });

  describe('that dies between its append and its commit', () => {
    it('says nothing twice after a restart, and its tables equal the stream (matcher)', async () => {
      await bench.takeIn(flow('F1', [aLine('IUV1', 'R1', 100)]), credit('1', 100, ['F1']));
      await expect(bench.matcher.step(1_000, crash)).rejects.toThrow('dies here');
      expect(await bench.typesOf(reconciliationStream(COMUNE))).toEqual(['AllocationsChanged']);
      expect(await bench.allocationTable()).toEqual([]);
      bench.restart();
      await bench.settle();
      expect(await bench.typesOf(reconciliationStream(COMUNE))).toEqual(['AllocationsChanged']);
      expect(await bench.allocationTable()).toEqual(await bench.allocations());
      expect(await bench.allocations()).toHaveLength(1);
    });

    it('releases what no longer fits although the storno came before it was back (matcher)', async () => {
      await bench.takeIn(receipt('IUV1', 'R1', 100), flow('F1', [aLine('IUV1', 'R1', 100)]), credit('1', 100, ['F1']));
      await expect(bench.matcher.step(1_000, crash)).rejects.toThrow('dies here');
      await bench.takeIn(storno('1', 100));
      bench.restart();
      await bench.settle();
      expect(await bench.allocations()).toEqual([]);
      expect(await bench.allocationTable()).toEqual([]);
      expect(await bench.standing('IUV1')).toBe('reported');
    });

    it('tells the position of the judgement that it had made, so that readers wait for what follows from it (matcher)', async () => {
      await bench.takeIn(flow('F1', [aLine('IUV1', 'R1', 100)]), credit('1', 100, ['F1']));
      await expect(bench.matcher.step(1_000, crash)).rejects.toThrow('dies here');
      const judgedAt = await bench.store.head();
      await bench.takeIn(receipt('IUV9', 'R9', 1), credit('2', 1, []));
      bench.restart();
      await bench.matcher.step(1_000);
      expect(bench.matcher.lastOutput).toBe(judgedAt);
    });

    it('says nothing twice after a restart (lifecycle)', async () => {
      await bench.takeIn(
        receipt('IUV1', 'R1', 100),
        flow('F1', [aLine('IUV1', 'R1', 100), aLine('IUV2', 'R2', 50)]),
        credit('1', 150, ['F1']),
      );
      await bench.matcher.step(1_000);
      await expect(bench.lifecycle.step(1_000, crash)).rejects.toThrow('dies here');
      const said = await Promise.all(['IUV1', 'IUV2'].map((iuv) => bench.typesOf(paymentStream(COMUNE, iuv))));
      bench.restart();
      await bench.settle();
      expect(await Promise.all(['IUV1', 'IUV2'].map((iuv) => bench.typesOf(paymentStream(COMUNE, iuv))))).toEqual(said);
      expect(said).toEqual([
        ['ReceiptReceived', 'TransferReported', 'TransferCredited'],
        ['TransferReported', 'TransferCredited', 'DiscrepanciesChanged'],
      ]);
    });

    it('takes back what it had said and lost, when the money went while it was down (lifecycle)', async () => {
      await bench.takeIn(receipt('IUV1', 'R1', 100), flow('F1', [aLine('IUV1', 'R1', 100)]));
      await bench.settle();
      await bench.takeIn(credit('1', 100, ['F1']));
      await bench.matcher.step(1_000);
      await expect(bench.lifecycle.step(1_000, crash)).rejects.toThrow('dies here');
      expect(await bench.standing('IUV1')).toBe('credited');
      await bench.takeIn(storno('1', 100));
      await bench.matcher.step(1_000);
      bench.restart();
      await bench.settle();
      expect(await bench.standing('IUV1')).toBe('reported');
    });

    it('takes back what it had said and lost, when only the transaction failed and not the process (lifecycle)', async () => {
      await bench.takeIn(receipt('IUV1', 'R1', 100), flow('F1', [aLine('IUV1', 'R1', 100)]));
      await bench.settle();
      await bench.takeIn(credit('1', 100, ['F1']));
      await bench.matcher.step(1_000);
      await expect(bench.lifecycle.step(1_000, crash)).rejects.toThrow('dies here');
      await bench.takeIn(storno('1', 100));
      await bench.settle();
      expect(await bench.standing('IUV1')).toBe('reported');
    });

    it('finds the facts that came meanwhile and ends where it would have ended (lifecycle)', async () => {
      await bench.takeIn(flow('F1', [aLine('IUV1', 'R1', 100)]));
      await expect(bench.lifecycle.step(1_000, crash)).rejects.toThrow('dies here');
      await bench.takeIn(receipt('IUV1', 'R1', 90), { kind: 'notice', iuv: 'IUV1', content: aNotice('IUD1', 90) });
      bench.restart();
      await bench.settle();
      expect(await bench.standing('IUV1')).toBe('reported LINE_AMOUNT_DIFFERS');
    });
  });

  it('lets two matchers of one body never give more than the credit brings', async () => {
    const other = new Stepper(pool, bench.store, new Matcher(bench.store));
    await bench.takeIn(flow('F1', [aLine('IUV1', 'R1', 100)]), flow('F2', [aLine('IUV2', 'R2', 100)]), credit('1', 150, ['F1', 'F2']));
    const overtaken = bench.matcher.step(1_000, async () => {
      await bench.takeIn(storno('1', 100));
      throw new Error('another runner has moved the checkpoint');
    });
    await expect(overtaken).rejects.toThrow('another runner');
    await other.step(1_000);
    await bench.matcher.step(1_000);
    expect((await bench.allocations()).map((a) => [a.iuf, a.cents])).toEqual([['F1', 50]]);
    expect(await bench.allocationTable()).toEqual(await bench.allocations());
  });

  it('lets two matchers at once judge the same facts and neither loses or repeats a judgement', async () => {
    const other = new Stepper(pool, bench.store, new Matcher(bench.store));
    await bench.takeIn(...Array.from({ length: 8 }, (_, i) => flow(`F${i}`, [aLine(`IUV${i}`, `R${i}`, 100)])));
    await bench.takeIn(...Array.from({ length: 8 }, (_, i) => credit(String(i + 1), 150, [`F${i}`, `F${(i + 1) % 8}`])));
    const run = async (stepper: Stepper, batchSize: number): Promise<void> => {
      for (let moved = true; moved;) moved = await stepper.step(batchSize).catch(() => true);
    };
    await Promise.all([run(bench.matcher, 3), run(other, 5)]);
    const allocations = await bench.allocations();
    for (let i = 1; i <= 8; i++) {
      expect(allocations.filter((a) => a.creditId === idOfCredit(String(i))).reduce((sum, a) => sum + a.cents, 0)).toBeLessThanOrEqual(150);
    }
    expect(allocations.reduce((sum, a) => sum + a.cents, 0)).toBe(800);
    expect(await bench.allocationTable()).toEqual(allocations);
  });

  it('appends nothing new when it starts over from the first event with empty tables', async () => {
    await bench.takeIn(receipt('IUV1', 'R1', 100), flow('F1', [aLine('IUV1', 'R1', 100), aLine('IUV2', 'R2', 50)]));
    await bench.settle();
    await bench.takeIn(credit('1', 100, ['F1']));
    await bench.settle();
    await bench.takeIn(credit('2', 50, ['F1']), receipt('IUV2', 'R2', 50));
    await bench.settle();
    const before = await bench.store.head();
    for (const batchSize of [1_000, 3, 1]) {
      await bench.forgetTables();
      expect(await headAfter(() => bench.settle(batchSize))).toBe(before);
      expect(await bench.allocationTable()).toEqual(await bench.allocations());
    }
  });

  it('misses notices on every payment once the body says that it sends them, and on none when it stops', async () => {
    const iuvs = Array.from({ length: 25 }, (_, i) => `IUV${i}`);
    await bench.takeIn({ kind: 'settings', settings: {} }, ...iuvs.map((iuv) => receipt(iuv, `R-${iuv}`, 100)));
    await bench.settle();
    expect(new Set(await Promise.all(iuvs.map((iuv) => bench.standing(iuv))))).toEqual(new Set(['paid']));
    await bench.takeIn({ kind: 'settings', settings: { usesNotifications: true } });
    await bench.settle();
    expect(new Set(await Promise.all(iuvs.map((iuv) => bench.standing(iuv))))).toEqual(new Set(['paid NOTICE_MISSING']));
    await bench.takeIn({ kind: 'settings', settings: { usesNotifications: false } });
    await bench.settle();
    expect(new Set(await Promise.all(iuvs.map((iuv) => bench.standing(iuv))))).toEqual(new Set(['paid']));
  });
});
