import type { ClientBase } from 'pg';
import { orgOf } from '@quadra/kernel';
import type { FeedBatch, StoredEvent } from '@quadra/event-store';
import type { PlacedBatch } from '@quadra/event-feed';
import type { Checkpoint, Checkpoints } from './checkpoints';
import { CheckpointMoved } from './checkpoints';
import type { PartScope, Processor, Skip } from './processor';
import { isTransient } from './transient';

/** The runner whose organizations are parked here. */
export interface ParkingRunner {
  readonly checkpoints: Checkpoints;
  readonly processor: Processor;
  /** How far it has come. */
  checkpoint(): Checkpoint;
  /** Runs work and moves the checkpoint to where it leads, in one transaction. */
  commit(work: (tx: ClientBase) => Promise<Checkpoint>): Promise<void>;
  subscribe(after: Checkpoint, signal: AbortSignal): AsyncIterable<PlacedBatch>;
}

const causeAt = ({ type, stream }: StoredEvent, error: unknown): string => `${type} in ${stream}: ${(error as Error).message}`;

/**
 * The organizations at whose events one processor failed: each is left out from there on while the others go on, until it can
 * be handed what it missed.
 */
export class Parking {
  /** The first event that each of them misses. */
  private readonly parked = new Map<string, bigint>();
  private readonly skipped = new Set<string>();

  constructor(private readonly runner: ParkingRunner) {}

  get organizations(): string[] {
    return [...this.parked.keys()];
  }

  get skippedOrganizations(): string[] {
    return [...this.skipped];
  }

  /** What the processor tells of an organization lacks something. */
  isBehind(org: string): boolean {
    return this.parked.has(org) || this.skipped.has(org);
  }

  /** The events of organizations that are not parked. */
  pass(events: readonly StoredEvent[]): readonly StoredEvent[] {
    return this.parked.size ? events.filter((e) => !this.parked.has(orgOf(e.stream))) : events;
  }

  async load(owns: PartScope['owns']): Promise<void> {
    const { checkpoints } = this.runner;
    const parked = await checkpoints.parked();
    this.parked.clear();
    for (const p of parked) if (owns(p.org)) this.parked.set(p.org, p.position);
    this.skipped.clear();
    for (const org of await checkpoints.skipped()) if (owns(org)) this.skipped.add(org);
  }

  /** Leaves an organization out from this event on; the checkpoint moves past it. */
  async park(event: StoredEvent, error: unknown, next: Checkpoint): Promise<string> {
    const org = orgOf(event.stream);
    await this.runner.commit(async (tx) => {
      await this.runner.checkpoints.park(tx, org, event.position, causeAt(event, error));
      return next;
    });
    this.parked.set(org, event.position);
    return org;
  }

  /**
   * Hands an organization everything it missed; it stays parked when that fails again.
   * @param skip passes the event over at which it stopped: recorded, and what the processor tells lacks it from now on.
   * @returns false when it is not parked here. @throws what the processor throws at an event: there the organization stops.
   */
  async retry(org: string, skip?: Skip): Promise<boolean> {
    const from = this.parked.get(org);
    if (from === undefined) return false;
    if (skip) await this.passOver(org, from, skip);
    await this.handOver(org).catch(async (error: unknown) => {
      this.runner.processor.reset?.();
      if (!(error instanceof CheckpointMoved) && !isTransient(error)) await this.findStop(org);
      throw error;
    });
    return true;
  }

  private async passOver(org: string, position: bigint, skip: Skip): Promise<void> {
    const { checkpoints } = this.runner;
    await this.runner.commit(async (tx) => {
      await checkpoints.recordSkip(tx, org, position, skip);
      await checkpoints.parkAgain(tx, org, position + 1n, `after the event at ${position}, which was passed over`);
      return this.runner.checkpoint();
    });
    this.parked.set(org, position + 1n);
    this.skipped.add(org);
  }

  /** All that it missed, in one transaction. */
  private async handOver(org: string): Promise<void> {
    const end = this.runner.checkpoint();
    await this.runner.commit(async (tx) => {
      let lastOutput = end.lastOutput;
      for await (const own of this.missedBy(org, end.position))
        lastOutput = (await this.runner.processor.handle(own, tx))?.lastOutput ?? lastOutput;
      await this.runner.checkpoints.unpark(tx, org);
      return { ...end, lastOutput };
    });
    this.parked.delete(org);
  }

  /** Goes on event by event to the one that stops the organization. */
  private async findStop(org: string): Promise<void> {
    for await (const own of this.missedBy(org, this.runner.checkpoint().position)) {
      for (const event of own) {
        try {
          await this.handOne(org, event);
        } catch (error) {
          this.runner.processor.reset?.();
          if (error instanceof CheckpointMoved || isTransient(error)) throw error;
          return this.moveTo(org, event.position, causeAt(event, error));
        }
      }
    }
  }

  private async handOne(org: string, event: StoredEvent): Promise<void> {
    const { checkpoints, processor } = this.runner;
    await this.runner.commit(async (tx) => {
      const output = await processor.handle([event], tx);
      await checkpoints.parkAgain(tx, org, event.position + 1n, `after the event at ${event.position}`);
      const now = this.runner.checkpoint();
      return { ...now, lastOutput: output?.lastOutput ?? now.lastOutput };
    });
    this.parked.set(org, event.position + 1n);
  }

  private async moveTo(org: string, position: bigint, why: string): Promise<void> {
    await this.runner.commit(async (tx) => {
      await this.runner.checkpoints.parkAgain(tx, org, position, why);
      return this.runner.checkpoint();
    });
    this.parked.set(org, position);
  }

  /** The events of an organization from where it stopped up to a position. */
  private async *missedBy(org: string, upTo: bigint): AsyncGenerator<StoredEvent[]> {
    for await (const batch of this.missed(this.parked.get(org)! - 1n, upTo)) {
      const own = batch.events.filter((e) => e.position <= upTo && orgOf(e.stream) === org);
      if (own.length) yield own;
    }
  }

  private async *missed(after: bigint, upTo: bigint): AsyncIterable<FeedBatch> {
    const abort = new AbortController();
    for await (const batch of this.runner.subscribe({ position: after, lastOutput: 0n }, abort.signal)) {
      yield batch;
      if (batch.mark >= upTo) break;
    }
    abort.abort();
  }
}
