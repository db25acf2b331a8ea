import type { ClientBase } from 'pg';
import { decodeId, orgOf } from '@quadra/kernel';
import type { StoredEvent } from '@quadra/event-store';
import type { AllocationsChanged, CreditEvent, ImportFileEvent, SettlementFlowEvent } from '@quadra/domain';
import { evolveCredit, evolveFlow, flowKey } from '@quadra/domain';
import type { ReadModel } from '../model';
import { Books } from './books';
import { creditDrafts } from './credits';
import type { Cause, Draft } from './draft';
import { causeOf } from './draft';
import { fileDrafts } from './files';
import type { FlowBook } from './flows';
import { flowDrafts } from './flows';
import { isNews, lockMarks, marksOf, moveMarks, told, writeOutbox } from './outbox';
import { migratePublicEvents } from './tables';

const TELLER = 'money';
export const PUBLIC_EVENTS_MODEL = 'publicEvents';

const idOf = (stream: string): string => stream.slice(stream.indexOf('_') + 1);

/** Folds events into the books of flows and credits and says what each one changed. */
class Account {
  readonly drafts: Draft[] = [];

  constructor(private readonly books: Books) {}

  take(event: StoredEvent): void {
    const org = orgOf(event.stream);
    const cause = causeOf(event);
    if (event.stream.startsWith('settlementFlow-')) this.flowEvent(org, decodeId(idOf(event.stream)), event, cause);
    else if (event.stream.startsWith('credit-')) this.creditEvent(org, idOf(event.stream), event, cause);
    else if (event.stream.startsWith('importFile-'))
      this.drafts.push(...fileDrafts(org, idOf(event.stream), event as unknown as ImportFileEvent, cause));
    else if (event.type === 'AllocationsChanged') this.judgement(org, event.data as AllocationsChanged['data'], cause);
  }

  private flowEvent(org: string, key: string, event: StoredEvent, cause: Cause): void {
    const before = this.books.flow(org, key);
    if (event.revision <= before.life.revision) return;
    const after = { ...before, life: evolveFlow(before.life, event as unknown as SettlementFlowEvent) };
    this.books.setFlow(org, key, after);
    this.drafts.push(...flowDrafts({ org, key, cause, before, after }));
    if (event.type === 'SettlementLinesReported') return; // lines alone change nothing that a credit says
    for (const creditId of Object.keys(after.shares)) this.creditOf(org, creditId, cause, new Map([[key, before]]));
  }

  /** A credit that did not change itself, but a flow that it pays for did. */
  private creditOf(org: string, creditId: string, cause: Cause, flowsBefore: ReadonlyMap<string, FlowBook>): void {
    const book = this.books.credit(org, creditId);
    const flowAfter = (key: string) => this.books.flow(org, key);
    const flowBefore = (key: string) => flowsBefore.get(key) ?? this.books.flow(org, key);
    this.drafts.push(...creditDrafts({ org, creditId, cause, before: book, after: book, flowBefore, flowAfter }));
  }

  private creditEvent(org: string, creditId: string, event: StoredEvent, cause: Cause): void {
    const before = this.books.credit(org, creditId);
    if (event.revision <= before.life.revision) return;
    const after = { ...before, life: evolveCredit(before.life, event as unknown as CreditEvent) };
    this.books.setCredit(org, creditId, after);
    const flow = (key: string) => this.books.flow(org, key);
    this.drafts.push(...creditDrafts({ org, creditId, cause, before, after, flowBefore: flow, flowAfter: flow }));
  }

  private judgement(org: string, data: AllocationsChanged['data'], cause: Cause): void {
    const moves = [...data.released.map((r) => ({ ...r, cents: 0 })), ...data.allocated];
    const flows = new Set([...data.flows, ...moves].map((f) => flowKey(f.iuf)));
    for (const key of flows) {
      const before = this.books.flow(org, key);
      const shares: Record<string, number> = { ...before.shares };
      for (const m of moves.filter((move) => flowKey(move.iuf) === key)) {
        if (m.cents > 0) shares[m.creditId] = m.cents;
        else delete shares[m.creditId];
      }
      const funding = data.flows.find((f) => flowKey(f.iuf) === key) ?? before.funding;
      const after = { life: before.life, shares, ...(funding && { funding }) };
      this.books.setFlow(org, key, after);
      this.drafts.push(...flowDrafts({ org, key, cause, before, after }));
    }
    for (const creditId of new Set(moves.map((m) => m.creditId))) this.judgedCredit(org, creditId, data, cause);
  }

  private judgedCredit(org: string, creditId: string, data: AllocationsChanged['data'], cause: Cause): void {
    const before = this.books.credit(org, creditId);
    const gone = new Set([...data.released, ...data.allocated].filter((a) => a.creditId === creditId).map((a) => flowKey(a.iuf)));
    const kept = before.allocations.filter((a) => !gone.has(flowKey(a.iuf)));
    const allocations = [...kept, ...data.allocated.filter((a) => a.creditId === creditId)];
    const everExplained = before.everExplained === true || allocations.length > 0;
    const after = { ...before, everExplained, allocations: allocations.sort((a, b) => (flowKey(a.iuf) < flowKey(b.iuf) ? -1 : 1)) };
    this.books.setCredit(org, creditId, after);
    const flow = (key: string) => this.books.flow(org, key);
    this.drafts.push(...creditDrafts({ org, creditId, cause, before, after, flowBefore: flow, flowAfter: flow }));
  }
}

const lastByOrg = (events: readonly StoredEvent[]): Map<string, bigint> =>
  new Map(events.map((e) => [orgOf(e.stream) as string, e.position]));

/** Tells of everything in the batch that nobody told of, and moves the books and the marks on. */
const tell = async (batch: readonly StoredEvent[], tx: ClientBase): Promise<void> => {
  const orgs = [...lastByOrg(batch).keys()];
  const known = await marksOf(tx, TELLER, orgs);
  const fresh = batch.filter((e) => isNews(known, orgOf(e.stream), e.position));
  if (fresh.length === 0) return;
  const marks = await lockMarks(tx, TELLER, [...lastByOrg(fresh).keys()]);
  const news = fresh.filter((e) => isNews(marks, orgOf(e.stream), e.position));
  const books = await Books.open(tx, news);
  const account = new Account(books);
  for (const event of news) account.take(event);
  await books.save(tx);
  await writeOutbox(tx, account.drafts.map(told));
  await moveMarks(tx, TELLER, lastByOrg(news));
};

/**
 * Tells the public of flows, credits and files. It runs among the read models and has no table of its own to be rebuilt: what
 * it keeps and what it tells stand beside a mark for each organization, and at or below the mark nothing is done.
 */
export const publicEventsModel = (version: number): ReadModel => ({
  name: PUBLIC_EVENTS_MODEL,
  version,
  categories: ['settlementFlow', 'credit', 'reconciliation', 'importFile'],
  batchSize: 2_000,
  tables: [],
  migrate: migratePublicEvents,
  handle: tell,
});
