import type { EventStore } from '@quadra/event-store';
import type { SealPlace } from './place';
import { notedPlace } from './place';
import type { Sealer, SealerOptions } from './sealer';
import { startSealer } from './sealer';
import type { Verification } from './verify';
import { verifyStore } from './verify';

export interface IntegrityOptions extends SealerOptions {
  /** Opens a reader of the store that takes nothing from the memory of a writer: a verification must see what is stored. */
  readonly openReader: () => Promise<EventStore>;
}

/** A verification that this process runs or ran last. */
export type VerificationRun =
  | { readonly phase: 'reading'; readonly eventsRead: number }
  | { readonly phase: 'done'; readonly eventsRead: number; readonly result: Verification }
  | { readonly phase: 'failed'; readonly eventsRead: number; readonly says: string };

/** Somebody verifies already. */
export class VerificationRunning extends Error {}

/** The seals of an instance at work: what was recorded is sealed, and on demand the store is read beside its seals. */
export class Integrity {
  private run: VerificationRun | undefined;

  constructor(
    private readonly options: IntegrityOptions,
    private readonly sealer: Sealer,
  ) {}

  /** The end of the chain as the sealer noted it; undefined before the first seal. */
  sealed(): Promise<SealPlace | undefined> {
    return notedPlace(this.options.pool);
  }

  lastVerification(): VerificationRun | undefined {
    return this.run;
  }

  /**
   * Seals what was recorded until now and begins to verify; it goes on in the background.
   * @param roots that were noted outside; the root that the sealer noted is looked for as well.
   * @throws VerificationRunning
   */
  async startVerification(roots: readonly string[]): Promise<void> {
    if (this.run?.phase === 'reading') throw new VerificationRunning('a verification is under way');
    this.run = { phase: 'reading', eventsRead: 0 };
    void this.verify(roots);
  }

  stop(): Promise<void> {
    return this.sealer.stop();
  }

  private async verify(roots: readonly string[]): Promise<void> {
    let eventsRead = 0;
    try {
      const noted = await this.sealed();
      await this.sealer.sealNow();
      const reader = await this.options.openReader();
      const onProgress = (events: number): void => void (this.run = { phase: 'reading', eventsRead: (eventsRead = events) });
      const expected = [...roots, ...(noted ? [noted.chain.root] : [])];
      const result = await verifyStore(reader, { roots: expected, onProgress }).finally(() => reader.close());
      this.run = { phase: 'done', eventsRead: result.sealed + result.unsealed, result };
    } catch (error) {
      this.options.log?.('a verification failed', error);
      this.run = { phase: 'failed', eventsRead, says: (error as Error).message };
    }
  }
}

/** Starts to seal what is recorded, and to answer for it. */
export const startIntegrity = async (options: IntegrityOptions): Promise<Integrity> => new Integrity(options, await startSealer(options));
