import type { Pool } from 'pg';
import type { DigestedEvent, SealChain } from '@quadra/domain';
import { MAX_BLOCK_EVENTS, SEAL_STREAM, evolveSeals, sealBlock } from '@quadra/domain';
import type { EventStore } from '@quadra/event-store';
import { Cursor } from './cursor';
import { digested, isSealed, sha256 } from './digest';
import type { SealPlace } from './place';
import { findPlace, migrateSealer, notePlace, notedPlace } from './place';

export interface SealerOptions {
  readonly pool: Pool;
  readonly store: EventStore;
  readonly log?: (message: string, error?: unknown) => void;
  /** So long nothing must have been recorded before the sealer works, in milliseconds: 5,000 by default. */
  readonly quietMs?: number;
  /** After so long it works although more is being recorded: 60,000 by default. */
  readonly longestMs?: number;
  /** Between two looks at the end of the store: 1,000 by default. */
  readonly pollMs?: number;
}

export interface Sealer {
  /** Seals everything that was recorded before the call. @returns the end of the chain. */
  sealNow(): Promise<SealChain>;
  /** Seals what is left, as far as it gets in some seconds, and ends. */
  stop(): Promise<void>;
}

const DEFAULTS = { quietMs: 5_000, longestMs: 60_000, pollMs: 1_000 };
/** Blocks of one go while something else is being recorded: some tenths of a second of work. */
const BLOCKS_AT_ONCE = 10;
/** What a stop may take; what is left unsealed then is sealed after the next start. */
const FAREWELL_MS = 3_000;

/** Somebody else sealed: the chain must be read again. */
class Overtaken extends Error {}

/**
 * Seals what was recorded, in blocks chained in store order. Bringing events into one spelling costs more than recording them,
 * so it works in quiet moments, and in small goes when there are none.
 */
class QuietSealer implements Sealer {
  private place: SealPlace | undefined;
  private head = 0n;
  private movedAt = Date.now();
  /** When the oldest unsealed event was first seen. */
  private waitsSince: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopped = false;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly options: SealerOptions & typeof DEFAULTS) {}

  start(): void {
    this.timer = setTimeout(() => void this.look().finally(() => (this.stopped ? undefined : this.start())), this.options.pollMs).unref();
  }

  async sealNow(): Promise<SealChain> {
    const upTo = await this.options.store.head();
    while (!(await this.inTurn(() => this.seal(upTo))));
    return this.place!.chain;
  }

  async stop(): Promise<void> {
    if (this.stopped) return;
    this.stopped = true;
    clearTimeout(this.timer);
    const deadline = Date.now() + FAREWELL_MS;
    try {
      const upTo = await this.options.store.head();
      while (Date.now() < deadline && !(await this.inTurn(() => this.seal(upTo))));
    } catch (error) {
      this.options.log?.('sealer: what was recorded last is sealed after the next start', error);
    }
  }

  /** One look at the end of the store, and work if the moment is right. */
  private async look(): Promise<void> {
    const { store, quietMs, longestMs, log } = this.options;
    try {
      const head = await store.head();
      const now = Date.now();
      if (head !== this.head) [this.head, this.movedAt] = [head, now];
      if (this.place && this.place.position >= head) this.waitsSince = undefined;
      else this.waitsSince ??= now;
      if (this.waitsSince === undefined || this.stopped) return;
      const isQuiet = now - this.movedAt >= quietMs;
      if (!isQuiet && now - this.waitsSince < longestMs) return;
      if (await this.inTurn(() => this.seal(head))) this.waitsSince = undefined;
      else if (isQuiet) await this.look();
    } catch (error) {
      this.place = undefined;
      log?.('sealer: starting over from the chain in the store', error);
    }
  }

  /** Seals up to a position, some blocks of it. @returns whether it got there. */
  private async seal(upTo: bigint): Promise<boolean> {
    const { store, pool } = this.options;
    this.place ??= await findPlace(store, await notedPlace(pool));
    const events = new Cursor(store, { after: this.place.position, upTo }, isSealed);
    try {
      for (let blocks = 0; blocks < BLOCKS_AT_ONCE; blocks++) {
        const taken = await events.take(MAX_BLOCK_EVENTS);
        if (taken.length > 0) await this.append(this.place.chain, taken.map(digested), taken[taken.length - 1]!.position);
        if (taken.length < MAX_BLOCK_EVENTS) {
          // Only seals stand between the last event and here: they need not be passed over again.
          if (upTo > this.place.position) this.place = { ...this.place, position: upTo };
          return true;
        }
      }
      return false;
    } catch (error) {
      this.place = undefined;
      if (!(error instanceof Overtaken)) throw error;
      return false;
    } finally {
      await events.close();
      if (this.place) await notePlace(pool, this.place);
    }
  }

  private async append(chain: SealChain, events: readonly DigestedEvent[], position: bigint): Promise<void> {
    const sealed = sealBlock(chain, events, sha256);
    const { block, root } = sealed.data;
    const meta = { commandId: `seal/${block}/${root.slice(0, 16)}`, actor: 'system:sealer', schemaVersion: 1 };
    const result = await this.options.store.append({ stream: SEAL_STREAM, expected: chain.revision, events: [{ ...sealed, meta }] });
    if (!result.ok) throw new Overtaken();
    this.place = { chain: evolveSeals(chain, sealed), position };
    // Its own seal is no news; whatever else came meanwhile moves the head past it.
    if (this.head < result.position) this.head = result.position;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.turn.then(work, work);
    this.turn = mine.catch(() => undefined);
    return mine;
  }
}

/** Starts to seal what is recorded. One sealer is enough; a second one on the same store finds the seals of the first and goes on there. */
export const startSealer = async (options: SealerOptions): Promise<Sealer> => {
  await migrateSealer(options.pool);
  const sealer = new QuietSealer({ ...DEFAULTS, ...options });
  sealer.start();
  return sealer;
};
