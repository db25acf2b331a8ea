import type { ClientBase } from 'pg';
import { ZERO, decodeId, orgOf, toOrg } from '@quadra/kernel';
import type { OrgId } from '@quadra/kernel';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import type { Allocation, AllocationsChanged, CreditEvent, FlowFunding, SettlementFlowEvent } from '@quadra/domain';
import { NO_CREDIT, NO_FLOW, evolveCredit, evolveFlow, flowKey } from '@quadra/domain';
import type { MoneyConclusion } from '@quadra/matching';
import { allocateMoney } from '@quadra/matching';
import type { Processor } from '@quadra/processing';
import { DEFAULT_RULE_SET } from '../rules';
import { Books } from './books';
import type { Neighbourhood } from './component';
import { claimOf, needOf, widen, withFlowsOnceNamed } from './component';
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

const voidedCredits = (batch: readonly StoredEvent[]): Set<string> =>
  new Set(batch.filter((e) => e.type === 'CreditVoided').map((e) => orgKey(orgOf(e.stream), streamKey(e.stream))));

/** A flow of which every version was taken back needs nothing: the money that it had is released, and it must be said of it. */
const withFlowsTakenBack = (
  { allocations, funding }: MoneyConclusion,
  flows: ReadonlyMap<string, FlowRow>,
  needed: ReadonlySet<string>,
): MoneyConclusion => {
  const takenBack = [...flows.values()].flatMap((f) => (f.funding && !needed.has(f.flowKey) ? [f.funding.iuf] : []));
  const nothing = takenBack.map((iuf): FlowFunding => ({ iuf, allocatedCents: ZERO, surplusCents: ZERO, credits: [] }));
  return { allocations, funding: nothing.length ? [...funding, ...nothing] : funding };
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

  /** @param owns whether the facts of an organization come to this instance; another one judges the others. */
  constructor(
    private readonly store: EventStore,
    private readonly owns: (org: string) => boolean = () => true,
  ) {}

  async migrate(client: ClientBase): Promise<void> {
    await tables.migrateMatcher(client);
  }

  async handle(batch: readonly StoredEvent[], tx: ClientBase): Promise<{ lastOutput?: bigint }> {
    const last = batch[batch.length - 1]!;
    const books = new Books(
      this.store,
      tx,
      await tables.loadOrgs(tx, [...new Set(batch.map((e) => orgOf(e.stream) as string))], last.position, this.owns),
    );
    for (const org of books.orgs()) await books.catchUp(org);
    const touched = await this.take(batch, tx);
    const judgeable = await this.judgeable(tx, touched, books, last.position);
    const near = await widen(tx, await withFlowsOnceNamed(tx, judgeable, voidedCredits(batch)));
    for (const org of books.orgs()) if (books.isLevel(org, last.position)) await this.judge(books, toOrg(org), near, last);
    await tables.saveOrgs(tx, books.rows);
    return books.lastOutput === undefined ? {} : { lastOutput: books.lastOutput };
  }

  /**
   * Where a judgement stands that knew more facts than have come here (a replay), judging has to wait for them; after that
   * everything of the organization is looked at once. @returns what can be judged now.
   */
  private async judgeable(tx: ClientBase, touched: Neighbourhood, books: Books, position: bigint): Promise<Neighbourhood> {
    const level = (row: { org: string }) => books.isLevel(row.org, position);
    const flows = new Map([...touched.flows].filter(([, row]) => level(row)));
    const credits = new Map([...touched.credits].filter(([, row]) => level(row)));
    for (const org of books.orgs()) {
      if (books.setDue(org, !books.isLevel(org, position))) {
        const all = await tables.loadAll(tx, org);
        for (const row of all.flows) flows.set(orgKey(org, row.flowKey), row);
        for (const row of all.credits) credits.set(orgKey(org, row.creditId), row);
      }
    }
    return { flows, credits };
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
      for (const e of events.get(orgKey(org, key))!)
        if (e.revision > life.revision) life = evolveFlow(life, e as unknown as SettlementFlowEvent);
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

  /** Concludes one organization's part and says what the books do not say yet. */
  private async judge(books: Books, org: OrgId, near: Neighbourhood, last: StoredEvent): Promise<void> {
    const flows = new Map([...near.flows].filter(([, f]) => f.org === org).map(([, f]) => [f.flowKey, f]));
    const credits = [...near.credits.values()].filter((c) => c.org === org);
    const needs = [...flows.values()].flatMap((f) => needOf(f.flowKey, f.life) ?? []);
    const known = new Set(needs.map((n) => n.flowKey));
    const claims = credits.flatMap((c) => claimOf(c.creditId, c.life, (key) => known.has(key)) ?? []);
    const target = withFlowsTakenBack(allocateMoney(needs, claims), flows, known);
    for (let attempt = 1; attempt <= 5; attempt++) {
      const current = await books.allocations(
        org,
        [...flows.keys()],
        credits.map((c) => c.creditId),
      );
      const change = diff(current, [...flows.values()], target, last.position);
      if (!change || (await books.say(org, split(change), last, flows))) return;
      await books.catchUp(org, flows);
      if (!books.isLevel(org, last.position)) return void books.setDue(org, true);
    }
    throw new Error(`reconciliation-${org} moves faster than it can be judged`);
  }
}
