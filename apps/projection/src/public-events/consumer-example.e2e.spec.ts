import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Allocation, FlowFunding } from '@quadra/domain';
import { COMUNE, aCredit, aFlow, aLine, day, eur, idOfCredit } from '../../../../test/support/facts';
import { PublicEventsUnderTest } from './testing/service';

const CONSUMER = resolve(__dirname, '../../../../docs/examples/consumer.mjs');

const quadra = new PublicEventsUnderTest();
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'quadra-consumer-'));
  await quadra.open();
}, 60_000);
afterAll(async () => {
  await quadra.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const creditId = idOfCredit('4411');
const allocation = (cents: number): Allocation => ({
  ...{ creditId, iuf: 'F1', cents: eur(cents), creditedOn: day('2026-03-04'), tier: 'exact', evidence: ['remittance:exact'] },
});
const funding = (cents: number): FlowFunding => ({ iuf: 'F1', allocatedCents: eur(cents), surplusCents: eur(0), credits: [creditId] });

/** Runs the example as its page says, to the end of what is there. */
const consume = (url = quadra.url): Promise<{ code: number | null; out: string; errors: string }> =>
  new Promise((done, fail) => {
    const env = { PATH: process.env['PATH'], QUADRA_URL: url, QUADRA_API_KEY: quadra.key(), STATE_FILE: join(folder, 'state.json') };
    const child = spawn(process.execPath, [CONSUMER, '--once'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
    child.on('error', fail).on('close', (code) => done({ code, out, errors }));
  });

describe('the example of a consumer', () => {
  it('books what can be booked, once, corrects it by what comes later, and goes on where it was', async () => {
    await quadra.know(
      COMUNE,
      { kind: 'credit', content: aCredit('4411', 100, ['F1']) },
      { kind: 'flow', flow: aFlow('F1', [aLine('I', 'R', 100)]) },
    );
    await quadra.judge(COMUNE, [allocation(60)], [funding(60)]);
    expect(await consume()).toEqual({ code: 0, out: '', errors: '' });
    await quadra.judge(COMUNE, [allocation(100)], [funding(100)]);
    expect((await consume()).out).toBe(`book ${creditId} of ${COMUNE}: 0 -> 100 cents\n`);
    expect((await consume()).out).toBe('');
    await quadra.know(COMUNE, { kind: 'storno', creditId, movement: { on: day('2026-03-06'), amountCents: eur(100), ordinal: 0 } });
    expect((await consume()).out).toBe(`cancel ${creditId} of ${COMUNE}: 100 -> 0 cents\n`);
    const { books } = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as { books: object };
    expect(books).toEqual({ [`${COMUNE}/credits/${creditId}`]: [] });
  }, 60_000);

  it('fails loudly when nobody answers', async () => {
    const { code, errors } = await consume('http://127.0.0.1:9');
    expect([code === 0, errors]).toEqual([false, expect.stringContaining('fetch failed')]);
  }, 30_000);
});
