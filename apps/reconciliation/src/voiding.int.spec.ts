import fc from 'fast-check';
import { Pool } from 'pg';
import { createInMemoryStore } from '@quadra/event-store';
import { COMUNE, aCredit, aFlow, aLine, aReceipt } from '../../../test/support/facts';
import { ANY_IUV, anyFacts, runs, shuffled } from '../../../test/support/histories';
import { takeInFrom, type Fact } from '../../../test/support/history';
import { withDatabase, type TestDatabase } from '../../../test/support/postgres';
import { takeBack } from '../../../test/support/voids';
import { Bench, comparable } from './testing/bench';

const FILES = ['A', 'B', 'C'] as const;
type File = (typeof FILES)[number];

interface Course {
  readonly files: readonly File[];
  readonly ranks: readonly number[];
  readonly pace: readonly (readonly [matcher: number, lifecycle: number])[];
  /** At these steps the process dies between append and commit. */
  readonly deaths: readonly boolean[];
  /** After so many facts the files are taken back, one after the other. */
  readonly voidAfter: number;
  readonly gone: readonly File[];
  /** The first of them comes again in the end. */
  readonly again: boolean;
}

const course: fc.Arbitrary<Course> = fc.record({
  files: fc.array(fc.constantFrom(...FILES), { minLength: 1, maxLength: 8 }),
  ranks: fc.array(fc.nat(99), { minLength: 1, maxLength: 12 }),
  pace: fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { minLength: 1, maxLength: 6 }),
  deaths: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
  voidAfter: fc.nat(10),
  gone: fc.uniqueArray(fc.constantFrom(...FILES), { minLength: 1, maxLength: 3 }),
  again: fc.boolean(),
});

describe('taking files back', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeAll(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
  });
  afterAll(async () => {
    await pool.end();
    await database.drop();
  });

  const crash = () => {
    throw new Error('the process dies here');
  };

  const conclusionOf = async (bench: Bench): Promise<unknown> => ({
    lives: await Promise.all(ANY_IUV.map(async (iuv) => comparable(await bench.life(iuv)))),
    allocations: await bench.allocations(),
  });

  const isOf = (fact: Fact, i: number, files: readonly File[]): File | undefined =>
    fact.kind === 'settings' ? undefined : files[i % files.length];

  /** Facts come from files, in an order and at a pace; some files are taken back on the way, and the others say again what they say. */
  const withVoids = async (facts: readonly Fact[], c: Course): Promise<Bench> => {
    const bench = await Bench.open(pool, COMUNE, createInMemoryStore());
    const said = shuffled(
      facts.map((fact, i) => ({ fact, file: isOf(fact, i, c.files) })),
      c.ranks,
    );
    const pause = async (i: number): Promise<void> => {
      const [matcher, lifecycle] = c.pace[i % c.pace.length]!;
      const dies = c.deaths[i % c.deaths.length]! ? crash : undefined;
      if (matcher) await bench.matcher.step(matcher, dies).catch(() => bench.restart());
      if (lifecycle) await bench.lifecycle.step(lifecycle, dies).catch(() => bench.restart());
    };
    const gone = new Set<File>();
    for (const [i, { fact, file }] of said.entries()) {
      if (file === undefined || !gone.has(file)) await takeInFrom(bench.store, COMUNE, file, [fact]);
      await pause(i);
      if (i !== Math.min(c.voidAfter, said.length - 1)) continue;
      for (const one of c.gone) {
        gone.add(one);
        await takeBack(bench.store, COMUNE, one);
        await pause(i + 1);
        for (const earlier of said.slice(0, i + 1))
          if (earlier.file !== undefined && !gone.has(earlier.file)) await takeInFrom(bench.store, COMUNE, earlier.file, [earlier.fact]);
        await pause(i + 2);
      }
    }
    if (c.again) for (const { fact, file } of said) if (file === c.gone[0]) await takeInFrom(bench.store, COMUNE, `${file}_2`, [fact]);
    await bench.settle();
    return bench;
  };

  const withoutThem = async (facts: readonly Fact[], { files, gone, again }: Course): Promise<Bench> => {
    const bench = await Bench.open(pool, COMUNE, createInMemoryStore());
    for (const [i, fact] of facts.entries()) {
      const file = isOf(fact, i, files);
      if (file === undefined || !gone.includes(file) || (again && file === gone[0])) await bench.takeIn(fact);
    }
    await bench.settle();
    return bench;
  };

  it('ends where it would have ended without them, at any pace, with crashes at any point, also when one comes again', () =>
    fc.assert(
      fc.asyncProperty(anyFacts(), course, async (facts, anyCourse) => {
        const expected = await conclusionOf(await withoutThem(facts, anyCourse));
        const bench = await withVoids(facts, anyCourse);
        expect(await conclusionOf(bench)).toEqual(expected);
        expect(await bench.allocationTable()).toEqual(await bench.allocations());
        const head = await bench.store.head();
        await bench.forgetTables();
        await bench.settle();
        expect(await bench.store.head()).toBe(head);
      }),
      { numRuns: runs(12), seed: 31 },
    ));

  it('takes the line from its payment and the money from both, and gives them back', async () => {
    const bench = await Bench.open(pool, COMUNE);
    const receipt: Fact = { kind: 'receipt', iuv: 'IUV1', content: aReceipt('R1', 100) };
    const flow: Fact = { kind: 'flow', flow: aFlow('F1', [aLine('IUV1', 'R1', 100), aLine('IUV2', 'R2', 50)]) };
    const credit: Fact = { kind: 'credit', content: aCredit('1', 150, ['F1']) };
    await takeInFrom(bench.store, COMUNE, 'receipts', [receipt]);
    await takeInFrom(bench.store, COMUNE, 'flow', [flow]);
    await takeInFrom(bench.store, COMUNE, 'journal', [credit]);
    await bench.settle();
    expect([await bench.standing('IUV1'), await bench.standing('IUV2')]).toEqual(['credited', 'credited RECEIPT_MISSING']);

    await takeBack(bench.store, COMUNE, 'journal');
    await bench.settle();
    expect([await bench.standing('IUV1'), await bench.allocations()]).toEqual(['reported', []]);
    await takeInFrom(bench.store, COMUNE, 'journal_2', [credit]);
    await bench.settle();
    expect(await bench.standing('IUV1')).toBe('credited');

    await takeBack(bench.store, COMUNE, 'flow');
    await bench.settle();
    expect([await bench.standing('IUV1'), await bench.standing('IUV2'), await bench.allocations()]).toEqual(['paid', '', []]);
    await takeInFrom(bench.store, COMUNE, 'flow_2', [flow]);
    await bench.settle();
    expect([await bench.standing('IUV1'), await bench.standing('IUV2')]).toEqual(['credited', 'credited RECEIPT_MISSING']);

    await takeBack(bench.store, COMUNE, 'receipts');
    await bench.settle();
    expect(await bench.standing('IUV1')).toBe('credited RECEIPT_MISSING');
  });
});
