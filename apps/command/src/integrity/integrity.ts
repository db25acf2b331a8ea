import type { EventStore } from '@quadra/event-store';
import type { SealPlace } from './place';
import { notedPlace } from './place';
import type { Sealer, SealerOptions } from './sealer';
import { startSealer } from './sealer';
import type { Run, Work } from './shared-run';
import { SharedRun, migrateRuns } from './shared-run';
import type { Verification } from './verify';
import { verifyStore } from './verify';

export interface IntegrityOptions extends SealerOptions {
  /** Opens a reader of the store that takes nothing from the memory of a writer: a verification must see what is stored. */
  readonly openReader: () => Promise<EventStore>;
}

/** A verification under way, or the last one. */
export type VerificationRun = Run<Verification>;

/** Somebody verifies already. */
export class VerificationRunning extends Error {}

/** The seals of an instance at work: what was recorded is sealed, and on demand the store is read beside its seals. */
export class Integrity {
  private readonly verification: SharedRun<Verification>;

  constructor(
    private readonly options: IntegrityOptions,
    private readonly sealer: Sealer,
  ) {
    this.verification = new SharedRun(options.pool, 'verification', options.log);
  }

  /** The end of the chain as the sealer noted it; undefined before the first seal. */
  sealed(): Promise<SealPlace | undefined> {
    return notedPlace(this.options.pool);
  }

  /** Whichever process it is of. */
  lastVerification(): Promise<VerificationRun | undefined> {
    return this.verification.last();
  }

  /**
   * Seals what was recorded until now and begins to verify; it goes on in the background.
   * @param roots that were noted outside; the root that the sealer noted is looked for as well.
   * @throws VerificationRunning
   */
  async startVerification(roots: readonly string[]): Promise<void> {
    const begun = await this.verification.start((onProgress) => this.verify(roots, onProgress));
    if (!begun) throw new VerificationRunning('a verification is under way');
  }

  stop(): Promise<void> {
    this.verification.letGo();
    return this.sealer.stop();
  }

  private async verify(roots: readonly string[], onProgress: (events: number) => void): ReturnType<Work<Verification>> {
    const noted = await this.sealed();
    await this.sealer.sealNow();
    const reader = await this.options.openReader();
    const expected = [...roots, ...(noted ? [noted.chain.root] : [])];
    const result = await verifyStore(reader, { roots: expected, onProgress }).finally(() => reader.close());
    return { eventsRead: result.sealed + result.unsealed, result };
  }
}

/** Starts to seal what is recorded, and to answer for it. */
export const startIntegrity = async (options: IntegrityOptions): Promise<Integrity> => {
  await migrateRuns(options.pool);
  return new Integrity(options, await startSealer(options));
};
