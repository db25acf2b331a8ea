import type { ClientBase } from 'pg';
import { shortDigest, toOrg } from '@quadra/kernel';
import type { EventStore, NewEvent, StoredEvent } from '@quadra/event-store';
import type { Allocation, AllocationsChanged, ReconciliationEvent } from '@quadra/domain';
import { NO_FLOW, flowKey, reconciliationStream } from '@quadra/domain';
import type { FlowRow, OrgRow } from './tables';
import * as tables from './tables';

type Change = AllocationsChanged['data'];

/** The judgements on the money of the organizations of one batch: the stream, and the tables that mirror it. */
export class Books {
  /** The last position at which a judgement stands that the tables did not hold before this batch. */
  lastOutput: bigint | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly tx: ClientBase,
    readonly rows: Map<string, OrgRow>,
  ) {}

  orgs(): string[] {
    return [...this.rows.keys()].sort();
  }

  /** Have the facts come as far as those that the applied judgements considered? */
  isLevel(org: string, position: bigint): boolean {
    return this.row(org).awaits <= position;
  }

  /** @returns whether a look had been due and is not any more. */
  setDue(org: string, due: boolean): boolean {
    const row = this.row(org);
    this.rows.set(org, { ...row, due });
    return row.due && !due;
  }

  async allocations(org: string, flows: readonly string[], credits: readonly string[]): Promise<Allocation[]> {
    const pairs = (keys: readonly string[]) => keys.map((key) => [org, key] as const);
    return (await tables.loadAllocations(this.tx, pairs(flows), pairs(credits))).map((r) => r.allocation);
  }

  /** Appends a change at the exact revision that was applied; false when somebody else was there first. */
  async say(org: string, parts: readonly Change[], cause: StoredEvent, flows: Map<string, FlowRow>): Promise<boolean> {
    for (const part of parts) {
      const expected = this.row(org).revision;
      const event: NewEvent = {
        type: 'AllocationsChanged',
        data: part,
        meta: {
          commandId: `judge/${expected + 1}/${shortDigest(JSON.stringify(part))}`,
          actor: 'system:matcher',
          $causationId: cause.id,
          schemaVersion: 1,
        },
      };
      const result = await this.store.append({ stream: reconciliationStream(toOrg(org)), expected, events: [event] });
      if (!result.ok) return false;
      await this.apply(org, part, { revision: result.revision, position: result.position }, flows);
    }
    return true;
  }

  /**
   * Applies the judgements that stand in the stream and not yet in the tables: a crash in between, or another judge. Never
   * left out: against tables that lag behind, nothing may seem to have changed although it has.
   */
  async catchUp(org: string, flows: Map<string, FlowRow> = new Map()): Promise<void> {
    for (const event of await this.store.read(reconciliationStream(toOrg(org)), this.row(org).revision + 1)) {
      const judgement = event as unknown as ReconciliationEvent;
      if (judgement.type === 'AllocationsChanged') await this.apply(org, judgement.data, event, flows);
    }
  }

  private row(org: string): OrgRow {
    return this.rows.get(org) ?? tables.NO_JUDGEMENT;
  }

  private async apply(org: string, change: Change, at: { revision: number; position: bigint }, flows: Map<string, FlowRow>): Promise<void> {
    await tables.applyAllocations(this.tx, org, change);
    const missing = change.flows.filter((f) => !flows.has(flowKey(f.iuf))).map((f) => [org, flowKey(f.iuf)] as const);
    const others = new Map((await tables.loadFlows(this.tx, missing)).map((r) => [r.flowKey, r]));
    const changed = change.flows.map((funding): FlowRow => {
      const key = flowKey(funding.iuf);
      const row = flows.get(key) ?? others.get(key) ?? { org, flowKey: key, life: NO_FLOW };
      return { ...row, funding };
    });
    for (const row of changed) if (flows.has(row.flowKey)) flows.set(row.flowKey, row);
    await tables.saveFlows(this.tx, changed);
    this.note(org, change, at);
  }

  private note(org: string, change: Change, at: { revision: number; position: bigint }): void {
    // A log that was moved to another store has positions of its own: then only the judgement's own one tells.
    const basis = BigInt(change.basis);
    const considered = basis < at.position ? basis : at.position;
    const row = this.row(org);
    this.rows.set(org, { ...row, revision: at.revision, awaits: considered > row.awaits ? considered : row.awaits });
    if (this.lastOutput === undefined || at.position > this.lastOutput) this.lastOutput = at.position;
  }
}
