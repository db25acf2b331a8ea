import fc from 'fast-check';
import { Pool } from 'pg';
import { createInMemoryStore } from '@quadra/event-store';
import { COMUNE } from '../../../test/support/facts';
import { ANY_CREDIT, ANY_IUV, anyFacts, runs, shuffled } from '../../../test/support/histories';
import type { Fact } from '../../../test/support/history';
import { withDatabase, type TestDatabase } from '../../../test/support/postgres';
import { Bench, comparable } from './testing/bench';

interface Course {
  /** Takes the facts in this order … */
  readonly ranks: readonly number[];
  /** … and between two of them lets matcher and lifecycle take batches of these sizes; 0 is a rest. */
  readonly pace: readonly (readonly [matcher: number, lifecycle: number])[];
  /** At these steps the process dies between append and commit. */
  readonly deaths: readonly boolean[];
}

const course: fc.Arbitrary<Course> = fc.record({
  ranks: fc.array(fc.nat(99), { minLength: 1, maxLength: 12 }),
  pace: fc.array(fc.tuple(fc.nat(4), fc.nat(4)), { minLength: 1, maxLength: 6 }),
  deaths: fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
});

describe('the conclusion', () => {
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

  /** Lets facts come as a course says, with crashes, and the judging side settle in the end. */
  const run = async (facts: readonly Fact[], { ranks, pace, deaths }: Course): Promise<Bench> => {
    const bench = await Bench.open(pool, COMUNE, createInMemoryStore());
    for (const [i, fact] of shuffled(facts, ranks).entries()) {
      await bench.takeIn(fact);
      const [matcher, lifecycle] = pace[i % pace.length]!;
      const dies = deaths[i % deaths.length]! ? crash : undefined;
      if (matcher) await bench.matcher.step(matcher, dies).catch(() => bench.restart());
      if (lifecycle) await bench.lifecycle.step(lifecycle, dies).catch(() => bench.restart());
    }
    await bench.settle();
    return bench;
  };

  const conclusionOf = async (bench: Bench): Promise<unknown> => ({
    lives: await Promise.all(ANY_IUV.map(async (iuv) => comparable(await bench.life(iuv)))),
    allocations: await bench.allocations(),
  });

  const plain: Course = { ranks: [0], pace: [[0, 0]], deaths: [false] };

  it('is the same for any facts in any order, in batches of any size, with crashes at any point', () =>
    fc.assert(
      fc.asyncProperty(anyFacts(), course, async (facts, anyCourse) => {
        const atOnce = await conclusionOf(await run(facts, plain));
        const bench = await run(facts, anyCourse);
        expect(await conclusionOf(bench)).toEqual(atOnce);
        expect(await bench.allocationTable()).toEqual(await bench.allocations());
      }),
      { numRuns: runs(12), seed: 11 },
    ));

  it('gives no euro twice, whatever came in whatever order', () =>
    fc.assert(
      fc.asyncProperty(anyFacts(), course, async (facts, anyCourse) => {
        const bench = await run(facts, anyCourse);
        const given = await bench.allocations();
        for (const id of ANY_CREDIT) {
          const cents = given.filter((a) => a.creditId === id).reduce((sum, a) => sum + a.cents, 0);
          expect(cents).toBeLessThanOrEqual(await bench.netCents(id));
        }
      }),
      { numRuns: runs(12), seed: 12 },
    ));

  it('is said once: starting over from the first event with empty tables appends nothing', () =>
    fc.assert(
      fc.asyncProperty(anyFacts(), course, async (facts, anyCourse) => {
        const bench = await run(facts, anyCourse);
        const before = await bench.store.head();
        await bench.forgetTables();
        await bench.settle();
        expect(await bench.store.head()).toBe(before);
        expect(await bench.allocationTable()).toEqual(await bench.allocations());
      }),
      { numRuns: runs(12), seed: 13 },
    ));

  // Batches smaller than those of the first time may stop at a moment that nobody had judged; what they say there is taken back.
  it('is the same again after starting over from the first event in batches of any size', () =>
    fc.assert(
      fc.asyncProperty(anyFacts(), course, fc.integer({ min: 1, max: 7 }), async (facts, anyCourse, batchSize) => {
        const bench = await run(facts, anyCourse);
        const before = await conclusionOf(bench);
        await bench.forgetTables();
        await bench.settle(batchSize);
        expect(await conclusionOf(bench)).toEqual(before);
        expect(await bench.allocationTable()).toEqual(await bench.allocations());
      }),
      { numRuns: runs(12), seed: 14 },
    ));
});
