import type { Checkpoints } from './checkpoints';
import { Lookout } from './lookout';
import type { Place } from './processor';
import type { Waiters } from './waiters';

const NOWHERE: Place = { position: 0n, lastOutput: 0n };
const LOOK_MS = 50;

/** What the tables say about the parts that other processes work on, as of the last look. */
export class Elsewhere {
  private places: ReadonlyMap<number, Place> = new Map();
  private parkedOrgs: ReadonlySet<string> = new Set();
  private skippedOrgs: ReadonlySet<string> = new Set();
  private readonly lookout: Lookout;

  /** @param isNeeded whether there are such parts. */
  constructor(
    private readonly checkpoints: Pick<Checkpoints, 'all' | 'parked' | 'skipped'>,
    private readonly isNeeded: () => boolean,
    private readonly waiters: Waiters,
  ) {
    this.lookout = new Lookout(() => this.read(), LOOK_MS);
  }

  place(partition: number): Place {
    return this.places.get(partition) ?? NOWHERE;
  }

  isBehind(org: string): boolean {
    return this.parkedOrgs.has(org) || this.skippedOrgs.has(org);
  }

  parked(which: (org: string) => boolean): string[] {
    return [...this.parkedOrgs].filter(which);
  }

  skipped(which: (org: string) => boolean): string[] {
    return [...this.skippedOrgs].filter(which);
  }

  /** What this process knows of a part that it lets go. */
  note(partition: number, place: Place): void {
    this.places = new Map(this.places).set(partition, place);
  }

  /** Brings what is known up to date. @throws what the database throws. */
  look(): Promise<void> {
    return this.isNeeded() ? this.lookout.look() : Promise.resolve();
  }

  /** Looks again and again while the work lasts. */
  watching<T>(work: () => Promise<T>): Promise<T> {
    return this.lookout.during(work);
  }

  private async read(): Promise<void> {
    if (!this.isNeeded()) return;
    const { checkpoints } = this;
    const [places, parked, skipped] = await Promise.all([checkpoints.all(), checkpoints.parked(), checkpoints.skipped()]);
    this.places = places;
    this.parkedOrgs = new Set(parked.map(({ org }) => org));
    this.skippedOrgs = new Set(skipped);
    this.waiters.wake();
  }
}
