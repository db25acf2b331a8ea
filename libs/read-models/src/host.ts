import { Pool } from 'pg';
import type { EventStore } from '@quadra/event-store';
import type { EventFeed } from '@quadra/event-feed';
import { ProcessorGroup } from '@quadra/processing';
import { liveHashes } from './hashes';
import type { ModelFactory, ReadModel } from './model';
import { READ_SCHEMA } from './model';
import type { RebuildProgress, RebuildResult } from './rebuild';
import { Rebuild } from './rebuild';
import type { RebuildState } from './rebuild-board';
import { RebuildBoard } from './rebuild-board';
import { Versions } from './versions';

export interface HostOptions {
  readonly pool: Pool;
  /** Rebuilds read it from the first event, whatever feed the live versions follow. */
  readonly store: Pick<EventStore, 'subscribe'>;
  readonly feed: EventFeed;
  readonly factories: readonly ModelFactory[];
  readonly log?: (message: string, error?: unknown) => void;
}

/** Nobody knows a read model of that name. */
export class UnknownModel extends Error {}

interface Live {
  readonly model: ReadModel;
  readonly group: ProcessorGroup;
}

/** How often another process's swap is looked for. */
const FOLLOW_MS = 1_000;

/** Connections of a rebuild: the lock, the live version held, the snapshot, the builder and its look around. */
const REBUILD_CONNECTIONS = 6;

/** Runs the live version of every read model, and swaps a rebuilt one in, blue/green. */
export class ReadModelHost {
  private readonly running = new Map<string, Live>();
  private readonly versions: Versions;
  private readonly board: RebuildBoard;
  private follower: NodeJS.Timeout | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: HostOptions) {
    this.versions = new Versions(options.pool);
    this.board = new RebuildBoard(options.pool);
  }

  async start(): Promise<void> {
    await this.versions.migrate();
    await this.board.migrate();
    for (const factory of this.options.factories) {
      const { name, version } = factory(1);
      await this.run(factory(await this.versions.live(name, version)));
    }
    this.follower = setInterval(() => {
      this.follow().catch((error: unknown) => this.options.log?.('the live versions of the read models cannot be read', error));
    }, FOLLOW_MS).unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.follower);
    await this.turn;
    await Promise.all(this.live.map((group) => group.stop()));
  }

  get live(): readonly ProcessorGroup[] {
    return [...this.running.values()].map(({ group }) => group);
  }

  group(name: string): ProcessorGroup | undefined {
    return this.running.get(name)?.group;
  }

  names(): string[] {
    return [...this.running.keys()];
  }

  /** One digest per model over its business columns: equal facts, equal digests. */
  hashes(): Promise<Record<string, string>> {
    return liveHashes(this.options.pool, this.options.factories);
  }

  /**
   * Fills a new version from the first event, compares it with the live one, and swaps. Resumes a build that was interrupted.
   * @throws UnknownModel, RebuildRunning
   */
  async rebuild(names: readonly string[], onProgress: (p: RebuildProgress) => void = () => undefined): Promise<RebuildResult[]> {
    const results: RebuildResult[] = [];
    for (const name of names) results.push(await (await this.beginRebuild(name, onProgress)).result);
    return results;
  }

  /** Begins a rebuild that goes on in the background: `rebuilds` tells how far it is. @throws UnknownModel, RebuildRunning */
  async startRebuild(name: string): Promise<void> {
    const { result } = await this.beginRebuild(name, () => undefined);
    result.catch((error: unknown) => this.options.log?.(`the rebuild of ${name} failed`, error));
  }

  /** The last rebuild of each read model, whichever process ran it. */
  rebuilds(): Promise<Map<string, RebuildState>> {
    return this.board.all();
  }

  private async beginRebuild(name: string, onProgress: (p: RebuildProgress) => void): Promise<{ readonly result: Promise<RebuildResult> }> {
    if (!this.running.has(name)) throw new UnknownModel(`there is no read model ${name}; known are ${this.names().join(', ')}`);
    // The spread alone would lose the password, which a pool hides from enumeration.
    const { options } = this.options.pool;
    const password = options.password === undefined ? {} : { password: options.password };
    const pool = new Pool({ ...options, ...password, max: REBUILD_CONNECTIONS });
    pool.on('error', () => undefined); // an idle connection was lost; the next query opens another
    const right = await pool.connect();
    try {
      await this.board.take(right, name);
      // Noted before the answer: whoever asks next must not see the rebuild before.
      await this.board.note(name, { phase: 'filling', version: this.running.get(name)!.model.version + 1, eventsHandled: 0 });
    } catch (error) {
      right.release(true);
      await pool.end();
      throw error;
    }
    const result = this.rebuildOne(pool, name, onProgress).finally(async () => {
      right.release(true); // ends the connection, and with it the right
      await pool.end();
    });
    return { result };
  }

  private async rebuildOne(pool: Pool, name: string, onProgress: (p: RebuildProgress) => void): Promise<RebuildResult> {
    let last: RebuildState = { phase: 'filling', version: this.running.get(name)!.model.version + 1, eventsHandled: 0 };
    const tell = async (state: RebuildState): Promise<void> => this.board.note(name, (last = state));
    try {
      await tell(last);
      await this.follow();
      const { model: old, group } = this.running.get(name)!;
      const next = this.factory(name)(old.version + 1);
      const note = (progress: RebuildProgress): void => {
        onProgress(progress);
        tell(progress).catch((error: unknown) => this.options.log?.(`the progress of ${name} cannot be noted`, error));
      };
      const { store, feed } = this.options;
      const parts = { pool, store, feed, versions: this.versions, old, next, onProgress: note, flushLive: () => group.flush() };
      const result = await new Rebuild(parts).run();
      await this.follow();
      await this.versions.remove(old);
      onProgress({ model: name, version: next.version, eventsHandled: last.eventsHandled, phase: 'done' });
      await tell({ ...last, phase: 'done', ...(result.equal !== undefined && { equal: result.equal }) });
      return result;
    } catch (error) {
      await tell({ ...last, phase: 'failed' }).catch(() => undefined); // what stopped the rebuild says more
      throw error;
    }
  }

  /** Runs what the tables say is live, in turn: after a swap of this process or of another. */
  private follow(): Promise<void> {
    const mine = this.turn.then(async () => {
      for (const [name, live] of await this.versions.all()) {
        const before = this.running.get(name);
        if (!before || before.model.version === live) continue;
        await this.run(this.factory(name)(live));
        await before.group.stop();
      }
    });
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  private async run(model: ReadModel): Promise<void> {
    const { pool, store, feed, log } = this.options;
    const make = this.factory(model.name);
    const options = { pool, store, feed, schema: READ_SCHEMA, ...(log && { log }) };
    const group = new ProcessorGroup((scope) => make(model.version, scope), options);
    await group.start();
    await this.versions.show(model);
    this.running.set(model.name, { model, group });
  }

  private factory(name: string): ModelFactory {
    return this.options.factories.find((factory) => factory(1).name === name)!;
  }
}
