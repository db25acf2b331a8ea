import { Pool, type ClientBase } from 'pg';
import { createInMemoryStore, StoreUnavailable, type EventStore, type StoredEvent } from '@quadra/event-store';
import { storeFeed } from '@quadra/event-feed';
import { withDatabase, type TestDatabase } from '../../../test/support/postgres';
import { Checkpoints, CheckpointMoved, migrateProcessing } from './checkpoints';
import type { Processor } from './processor';
import { ProcessorGroup } from './group';

const SCHEMA = 'svc';
const [ONE, TWO] = ['00000000001', '00000000002'] as const;
const PATIENCE_MS = 20_000;

/** Writes down every event it is handed, without any protection: what is handled twice stands twice. */
class Scribe implements Processor {
  readonly name = 'scribe';
  readonly version = 1;
  readonly categories = ['payment'];
  readonly batches: number[] = [];
  resets = 0;

  constructor(
    readonly batchSize: number,
    private readonly before: (events: readonly StoredEvent[]) => void | Promise<void> = () => undefined,
  ) {}

  async migrate(client: ClientBase): Promise<void> {
    await client.query('create table if not exists seen (n serial, position bigint not null, org text not null)');
  }

  async handle(batch: readonly StoredEvent[], tx: ClientBase): Promise<{ lastOutput?: bigint }> {
    for (const e of batch) await tx.query('insert into seen (position, org) values ($1, $2)', [String(e.position), e.stream.slice(8, 19)]);
    await this.before(batch);
    this.batches.push(batch.length);
    return { lastOutput: batch[batch.length - 1]!.position };
  }

  reset(): void {
    this.resets++;
  }
}

describe('a processor that runs', () => {
  let database: TestDatabase;
  let pool: Pool;
  let store: EventStore;
  const running: ProcessorGroup[] = [];
  const logged: string[] = [];

  beforeEach(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 6 });
    pool.on('error', () => undefined);
    store = createInMemoryStore();
    logged.length = 0;
    await migrateProcessing(pool, SCHEMA);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((runner) => runner.stop()));
    await store.close();
    await pool.end();
    await database.drop();
  });

  const runner = (processor: Processor): ProcessorGroup => {
    const made = new ProcessorGroup(() => processor, {
      pool,
      store,
      feed: storeFeed(store),
      schema: SCHEMA,
      retryDelayMs: 5,
      log: (message) => logged.push(message),
    });
    running.push(made);
    return made;
  };
  const started = async (processor: Processor): Promise<ProcessorGroup> => {
    const made = runner(processor);
    await made.start();
    return made;
  };
  const record = async (stream: string, count = 1): Promise<bigint> => {
    let position = 0n;
    for (let i = 0; i < count; i++) {
      const expected = (await store.read(stream)).length - 1;
      const meta = { commandId: `${stream}/${expected}`, actor: 'test' };
      const result = await store.append({ stream, expected, events: [{ type: 'Happened', data: { i }, meta }] });
      if (result.ok) position = result.position;
    }
    return position;
  };
  const seen = async (org?: string): Promise<number[]> => {
    const { rows } = await pool.query('select position::int from seen where $1::text is null or org = $1 order by n', [org ?? null]);
    return rows.map((row: { position: number }) => row.position);
  };
  const until = async (made: ProcessorGroup, position: bigint): Promise<void> => {
    expect(await made.waitFor(position, PATIENCE_MS)).toBe(true);
  };
  /** The position that the table holds. */
  const stored = async (): Promise<bigint> => (await new Checkpoints(pool, SCHEMA, 'scribe', 1).load(0, 1)).position;

  it('is handed every event once, in order, in batches no larger than it asked for', async () => {
    const head = await record(`payment-${ONE}_A`, 25);
    const scribe = new Scribe(10);
    await until(await started(scribe), head);
    expect(await seen()).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
    expect(scribe.batches).toEqual([10, 10, 5]);
    expect(await stored()).toBe(head);
  });

  it('passes over events of other categories, and its mark moves past them', async () => {
    await record(`payment-${ONE}_A`);
    const head = await record(`credit-${ONE}_B`, 3);
    const made = await started(new Scribe(10));
    await until(made, head);
    expect(await seen()).toEqual([1]);
    await made.stop();
    expect(await stored()).toBe(head);
  });

  it('goes on after a stop where it had stopped', async () => {
    const made = await started(new Scribe(4));
    await until(made, await record(`payment-${ONE}_A`, 6));
    await made.stop();
    expect(made.status().running).toBe(false);
    const head = await record(`payment-${ONE}_A`, 5);
    const again = await started(new Scribe(4));
    await until(again, head);
    expect(await seen()).toEqual(Array.from({ length: 11 }, (_, i) => i + 1));
  });

  it('can be started again itself', async () => {
    const made = await started(new Scribe(4));
    await until(made, await record(`payment-${ONE}_A`, 2));
    await made.stop();
    await made.start();
    await until(made, await record(`payment-${ONE}_A`, 2));
    expect(await seen()).toEqual([1, 2, 3, 4]);
  });

  it('cannot double an event although two runners work at once', async () => {
    const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 1));
    const [one, other] = [await started(new Scribe(3, pause)), await started(new Scribe(5, pause))];
    const head = await record(`payment-${ONE}_A`, 60);
    await Promise.all([until(one, head), until(other, head)]);
    expect([...(await seen())].sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
  });

  it('moves its checkpoint only from where it believes it to be', async () => {
    const checkpoints = new Checkpoints(pool, SCHEMA, 'scribe', 1);
    await checkpoints.prepare(1);
    const from = await checkpoints.load(0, 1);
    const client = await pool.connect();
    try {
      await checkpoints.move(client, 0, from, { position: 5n, lastOutput: 4n });
      await expect(checkpoints.move(client, 0, from, { position: 6n, lastOutput: 4n })).rejects.toThrow(CheckpointMoved);
    } finally {
      client.release();
    }
    expect(await checkpoints.load(0, 1)).toEqual({ position: 5n, lastOutput: 4n, moves: 1n });
  });

  describe('and meets an event that it cannot handle', () => {
    let poison: Set<bigint>;
    const scribe = () =>
      new Scribe(10, (events) => {
        if (events.some((e) => poison.has(e.position))) throw new Error('cannot read this');
      });

    beforeEach(async () => {
      poison = new Set([5n]);
      for (let i = 0; i < 10; i++) await record(`payment-${i % 2 ? ONE : TWO}_A`);
    });

    it('parks the organization of that event and lets the others flow', async () => {
      const made = await started(scribe());
      await until(made, 10n);
      expect(await seen(TWO)).toEqual([1, 3]);
      expect(await seen(ONE)).toEqual([2, 4, 6, 8, 10]);
      expect(made.isBehind(TWO)).toBe(true);
      expect(made.status().parked).toEqual([TWO]);
      expect(logged.join()).toContain(`organization ${TWO} is parked at position 5`);
      await until(made, await record(`payment-${TWO}_A`));
      expect(await seen(TWO)).toEqual([1, 3]);
    });

    it('hands a parked organization all that it missed once it can be handled, each event once', async () => {
      const made = await started(scribe());
      await until(made, 10n);
      await expect(made.retryParked(TWO)).rejects.toThrow('cannot read this');
      expect(made.isBehind(TWO)).toBe(true);
      expect(await seen(TWO)).toEqual([1, 3]);
      poison.clear();
      expect(await made.retryParked(TWO)).toBe(true);
      expect(await made.retryParked(TWO)).toBe(false);
      await until(made, await record(`payment-${TWO}_A`));
      expect(await seen(TWO)).toEqual([1, 3, 5, 7, 9, 11]);
    });

    it('forgets what it kept in memory when a retry failed', async () => {
      const mine = scribe();
      const made = await started(mine);
      await until(made, 10n);
      const before = mine.resets;
      await expect(made.retryParked(TWO)).rejects.toThrow('cannot read this');
      expect(mine.resets).toBeGreaterThan(before);
    });

    it('passes over the event on request, says who wanted it and why, and stays marked although it goes on', async () => {
      const made = await started(scribe());
      await until(made, 10n);
      expect(await made.retryParked(TWO, { reason: 'broken at the bank', actor: 'officer' })).toBe(true);
      expect(await made.retryParked(TWO, { reason: 'again', actor: 'officer' })).toBe(false);
      expect(await seen(TWO)).toEqual([1, 3, 7, 9]);
      expect([made.status().parked, made.status().skipped, made.isBehind(TWO), made.isBehind(ONE)]).toEqual([[], [TWO], true, false]);
      await until(made, await record(`payment-${TWO}_A`));
      expect(await seen(TWO)).toEqual([1, 3, 7, 9, 11]);
      const { rows } = await pool.query(`select org, position::int, reason, actor from ${SCHEMA}.parked_skip`);
      expect(rows).toEqual([{ org: TWO, position: 5, reason: 'broken at the bank', actor: 'officer' }]);
      await made.stop();
      expect((await started(scribe())).status().skipped).toEqual([TWO]);
    });

    it('stops at the next event that it cannot handle, and passes over that one in its turn', async () => {
      poison.add(9n);
      const made = await started(scribe());
      await until(made, 10n);
      await expect(made.retryParked(TWO, { reason: 'one', actor: 'officer' })).rejects.toThrow('cannot read this');
      expect(await seen(TWO)).toEqual([1, 3, 7]);
      expect(made.status().parked).toEqual([TWO]);
      expect(await made.retryParked(TWO, { reason: 'two', actor: 'officer' })).toBe(true);
      await until(made, await record(`payment-${TWO}_A`));
      expect(await seen(TWO)).toEqual([1, 3, 7, 11]);
      const { rows } = await pool.query(`select position::int from ${SCHEMA}.parked_skip order by position`);
      expect(rows).toEqual([{ position: 5 }, { position: 9 }]);
    });

    it('knows after a restart who is parked', async () => {
      const made = await started(scribe());
      await until(made, 10n);
      await made.stop();
      const again = await started(scribe());
      await until(again, await record(`payment-${TWO}_A`));
      expect(again.status().parked).toEqual([TWO]);
      expect(await seen(TWO)).toEqual([1, 3]);
    });
  });

  it.each([
    ['a serialization failure', () => Object.assign(new Error('could not serialize access'), { code: '40001' })],
    ['a connection that the server cut', () => Object.assign(new Error('terminating connection'), { code: '57P01' })],
    ['an event store that is away', () => new StoreUnavailable('The event store cannot be written')],
  ])('tries again after %s and parks nobody', async (_, error) => {
    let failures = 6;
    const made = await started(
      new Scribe(10, () => {
        if (failures-- > 0) throw error();
      }),
    );
    await until(made, await record(`payment-${ONE}_A`, 3));
    expect(await seen()).toEqual([1, 2, 3]);
    expect(made.status().parked).toEqual([]);
    expect(failures).toBeLessThan(0);
  });

  it('goes on when the database has cut its connection', async () => {
    let cut = true;
    const made = await started(
      new Scribe(10, async () => {
        if (!cut) return;
        cut = false;
        await pool.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
        );
      }),
    );
    await until(made, await record(`payment-${ONE}_A`, 3));
    expect(await seen()).toEqual([1, 2, 3]);
    expect(made.status().parked).toEqual([]);
  });

  it('asks again, after a pause and with a word in the log, when the feed ends by itself', async () => {
    const once: Pick<EventStore, 'subscribe'> = {
      async *subscribe(after, options) {
        for await (const batch of store.subscribe(after, options)) return yield batch;
      },
    };
    const made = new ProcessorGroup(() => new Scribe(2), {
      pool,
      store,
      schema: SCHEMA,
      retryDelayMs: 5,
      log: (message, error) => logged.push(`${message}: ${(error as Error).message}`),
      feed: storeFeed(once),
    });
    running.push(made);
    await made.start();
    await until(made, await record(`payment-${ONE}_A`, 5));
    expect(await seen()).toEqual([1, 2, 3, 4, 5]);
    expect(logged.join()).toContain('starting over from the checkpoint: the feed has ended');
  });

  it('gives up waiting for a position that does not come', async () => {
    const made = await started(new Scribe(10));
    expect(await made.waitFor(1n, 1)).toBe(false);
  });
});
