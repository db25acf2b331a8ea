import type { ClientBase } from 'pg';
import { decodeId, orgOf, shortDigest, toOrg } from '@quadra/kernel';
import type { OrgId } from '@quadra/kernel';
import type { EventStore, NewEvent, StoredEvent } from '@quadra/event-store';
import type { Allocation, AllocationsChanged, CreditEvent, FlowFunding, ReconciliationEvent, SettlementFlowEvent } from '@quadra/domain';
import { NO_CREDIT, NO_FLOW, evolveCredit, evolveFlow, flowKey, reconciliationStream } from '@quadra/domain';
import type { MoneyConclusion } from '@quadra/matching';
import { allocateMoney } from '@quadra/matching';
import type { Processor } from '@quadra/processing';
import { DEFAULT_RULE_SET } from '../rules';
import type { Neighbourhood } from './component';
import { claimOf, needOf, widen } from './component';
import type { CreditRow, FlowRow } from './tables';
import * as tables from './tables';
import { orgKey } from './tables';

const streamKey = (stream: string): string => stream.slice(stream.indexOf('_') + 1);
const pairOf = (key: string) => [key.slice(0, 11), key.slice(12)] as const;
const MAX_CHANGES_PER_APPEND = 1_500;

type Change = AllocationsChanged['data'];

/** What must be said so that the books say what the conclusion says; undefined when they do. */
const diff = (current: readonly Allocation[], flows: readonly FlowRow[], target: MoneyConclusion, basis: bigint): Change | undefined => {
  const idOf = (a: { creditId: string; iuf: string }) => `${a.creditId}|${flowKey(a.iuf)}`;
  const known = new Map(current.map((a) => [idOf(a), a]));
  const wanted = new Map(target.allocations.map((a) => [idOf(a), a]));
  const same = (a: Allocation | undefined, b: Allocation | undefined) => JSON.stringify(a) === JSON.stringify(b);
  const released = current
    .filter((a) => !same(a, wanted.get(idOf(a))))
    .map(({ creditId, iuf, cents }) => ({ creditId, iuf, cents }))
    .sort((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const allocated = target.allocations.filter((a) => !same(a, known.get(idOf(a))));
  const before = new Map(flows.map((f) => [f.flowKey, f.funding]));
  const changed = target.funding.filter((f) => {
    const old = before.get(flowKey(f.iuf));
    return old ? JSON.stringify(old) !== JSON.stringify(f) : f.allocatedCents > 0 || f.surplusCents > 0;
  });
  if (!released.length && !allocated.length && !changed.length) return undefined;
  return { basis: String(basis), released, allocated, flows: changed, ruleSet: DEFAULT_RULE_SET };
};

/** Large changes go out in several events; a flow and what is allocated to it stay together. */
const split = (change: Change): Change[] => {
  if (change.allocated.length + change.released.length + change.flows.length <= MAX_CHANGES_PER_APPEND) return [change];
  const parts = new Map<number, Change>();
  const keys = new Map<string, number>();
  let count = 0;
  const partOf = (iuf: string): { released: Change['released'][number][]; allocated: Allocation[]; flows: FlowFunding[] } => {
    const key = flowKey(iuf);
    const at = keys.get(key) ?? Math.floor(count++ / (MAX_CHANGES_PER_APPEND / 3));
    keys.set(key, at);
    if (!parts.has(at)) parts.set(at, { ...change, released: [], allocated: [], flows: [] });
    return parts.get(at) as never;
  };
  for (const f of change.flows) partOf(f.iuf).flows.push(f);
  for (const a of change.allocated) partOf(a.iuf).allocated.push(a);
  for (const r of change.released) partOf(r.iuf).released.push(r);
  return [...parts.values()];
};

/**
 * Judges the money: which credits fund which flows. Per organization it concludes the components that a batch touched,
 * appends the difference to `reconciliation-<org>` at the exact revision that it has applied, and takes it into its own
 * tables together with the checkpoint. Whoever was there first wins; the loser applies what it missed and looks again.
 */
export class Matcher implements Processor {
  readonly name = 'matcher';
  readonly version = 1;
  readonly categories = ['settlementFlow', 'credit'];
  readonly batchSize = 2_000;

  constructor(private readonly store: EventStore) {}

  async migrate(client: ClientBase): Promise<void> {
    await tables.migrateMatcher(client);
  }

  async handle(batch: readonly StoredEvent[], tx: ClientBase): Promise<{ lastOutput?: bigint }> {
    const touched = await this.take(batch, tx);
    const near = await widen(tx, touched);
    const orgs = new Set([...near.flows.values(), ...near.credits.values()].map((r) => r.org));
    const revisions = await tables.loadRevisions(tx, [...orgs]);
    let lastOutput: bigint | undefined;
    for (const org of [...orgs].sort()) {
      const output = await this.judge(tx, toOrg(org), near, revisions, batch[batch.length - 1]!);
      if (output !== undefined && (lastOutput === undefined || output > lastOutput)) lastOutput = output;
    }
    await tables.saveRevisions(tx, revisions);
    return lastOutput === undefined ? {} : { lastOutput };
  }

  /** Folds the facts of the batch into the matcher's tables; returns the rows that changed. */
  private async take(batch: readonly StoredEvent[], tx: ClientBase): Promise<Neighbourhood> {
    const flows = new Map<string, StoredEvent[]>();
    const credits = new Map<string, StoredEvent[]>();
    for (const event of batch) {
      const isFlow = event.stream.startsWith('settlementFlow-');
      const id = streamKey(event.stream);
      const group = isFlow ? flows : credits;
      const key = orgKey(orgOf(event.stream), isFlow ? decodeId(id) : id);
      const known = group.get(key);
      if (known) known.push(event);
      else group.set(key, [event]);
    }
    const flowRows = await this.foldFlows(tx, flows);
    const creditRows = await this.foldCredits(tx, credits);
    await tables.saveFlows(tx, flowRows);
    await tables.saveCredits(tx, creditRows);
    return {
      flows: new Map(flowRows.map((r) => [orgKey(r.org, r.flowKey), r])),
      credits: new Map(creditRows.map((r) => [orgKey(r.org, r.creditId), r])),
    };
  }

  private async foldFlows(tx: ClientBase, events: Map<string, StoredEvent[]>): Promise<FlowRow[]> {
    const pairs = [...events.keys()].map(pairOf);
    const known = new Map((await tables.loadFlows(tx, pairs)).map((r) => [orgKey(r.org, r.flowKey), r]));
    return pairs.map(([org, key]) => {
      const row: FlowRow = known.get(orgKey(org, key)) ?? { org, flowKey: key, life: NO_FLOW };
      let life = row.life;
      for (const e of events.get(orgKey(org, key))!) if (e.revision > life.revision) life = evolveFlow(life, e as unknown as SettlementFlowEvent);
      return { ...row, life };
    });
  }

  private async foldCredits(tx: ClientBase, events: Map<string, StoredEvent[]>): Promise<CreditRow[]> {
    const pairs = [...events.keys()].map(pairOf);
    const known = new Map((await tables.loadCredits(tx, pairs)).map((r) => [orgKey(r.org, r.creditId), r]));
    return pairs.map(([org, creditId]) => {
      let life = known.get(orgKey(org, creditId))?.life ?? NO_CREDIT;
      for (const e of events.get(orgKey(org, creditId))!) {
        if (e.revision > life.revision) life = evolveCredit(life, e as unknown as CreditEvent);
      }
      return { org, creditId, life };
    });
  }

  /** Concludes one organization's part; returns the position of what was appended. */
  private async judge(tx: ClientBase, org: OrgId, near: Neighbourhood, revisions: Map<string, number>, last: StoredEvent): Promise<bigint | undefined> {
    const flows = new Map([...near.flows].filter(([, f]) => f.org === org).map(([, f]) => [f.flowKey, f]));
    const credits = [...near.credits.values()].filter((c) => c.org === org);
    const needs = [...flows.values()].flatMap((f) => needOf(f.flowKey, f.life) ?? []);
    const known = new Set(needs.map((n) => n.flowKey));
    const claims = credits.flatMap((c) => claimOf(c.creditId, c.life, (key) => known.has(key)) ?? []);
    const target = allocateMoney(needs, claims);
    for (let attempt = 1; ; attempt++) {
      const current = await tables.loadAllocations(
        tx,
        [...flows.keys()].map((k) => [org, k] as const),
        credits.map((c) => [org, c.creditId] as const),
      );
      const change = diff(current.map((r) => r.allocation), [...flows.values()], target, last.position);
      if (!change) return undefined;
      const position = await this.say(tx, org, change, revisions, last, flows);
      if (position !== undefined) return position;
      if (attempt === 5) throw new Error(`reconciliation-${org} moves faster than it can be judged`);
      await this.catchUp(tx, org, revisions, flows);
    }
  }

  private async say(
    tx: ClientBase,
    org: OrgId,
    change: Change,
    revisions: Map<string, number>,
    last: StoredEvent,
    flows: Map<string, FlowRow>,
  ): Promise<bigint | undefined> {
    let position: bigint | undefined;
    for (const part of split(change)) {
      const expected = revisions.get(org) ?? -1;
      const event: NewEvent = {
        type: 'AllocationsChanged',
        data: part,
        meta: { commandId: `judge/${expected + 1}/${shortDigest(JSON.stringify(part))}`, actor: 'system:matcher', $causationId: last.id, schemaVersion: 1 },
      };
      const result = await this.store.append({ stream: reconciliationStream(org), expected, events: [event] });
      if (!result.ok) return undefined;
      revisions.set(org, result.revision);
      await this.apply(tx, org, part, flows);
      position = result.position;
    }
    return position;
  }

  private async apply(tx: ClientBase, org: OrgId, change: Change, flows: Map<string, FlowRow>): Promise<void> {
    await tables.applyAllocations(tx, org, change);
    const changed: FlowRow[] = [];
    const missing = change.flows.filter((f) => !flows.has(flowKey(f.iuf))).map((f) => [org, flowKey(f.iuf)] as const);
    const others = new Map((await tables.loadFlows(tx, missing)).map((r) => [r.flowKey, r]));
    for (const funding of change.flows) {
      const key = flowKey(funding.iuf);
      const row = flows.get(key) ?? others.get(key);
      if (!row) continue;
      const next = { ...row, funding };
      if (flows.has(key)) flows.set(key, next);
      changed.push(next);
    }
    await tables.saveFlows(tx, changed);
  }

  /** Applies the judgements that stand in the stream and not yet in the tables: a crash in between, or another judge. */
  private async catchUp(tx: ClientBase, org: OrgId, revisions: Map<string, number>, flows: Map<string, FlowRow>): Promise<void> {
    for (const event of await this.store.read(reconciliationStream(org), (revisions.get(org) ?? -1) + 1)) {
      const judgement = event as unknown as ReconciliationEvent;
      if (judgement.type === 'AllocationsChanged') await this.apply(tx, org, judgement.data, flows);
      revisions.set(org, event.revision);
    }
  }
}

