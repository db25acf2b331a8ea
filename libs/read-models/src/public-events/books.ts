import type { ClientBase } from 'pg';
import { decodeId, orgOf } from '@quadra/kernel';
import type { StoredEvent } from '@quadra/event-store';
import type { AllocationsChanged } from '@quadra/domain';
import { NO_CREDIT, NO_FLOW, flowKey } from '@quadra/domain';
import { upsertRows } from '@quadra/processing';
import type { CreditBook } from './credits';
import type { FlowBook } from './flows';
import { PUBLIC_EVENTS_SCHEMA as S } from './tables';

const UNKNOWN_FLOW: FlowBook = { life: NO_FLOW, shares: {} };
const UNKNOWN_CREDIT: CreditBook = { life: NO_CREDIT, allocations: [] };

const keyOf = (org: string, id: string): string => `${org}|${id}`;
const partsOf = (key: string): [string, string] => [key.slice(0, 11), key.slice(12)];

/** Documents of one kind by organization and id, read when asked for and written when changed. */
class Shelf<T> {
  private readonly docs = new Map<string, T>();
  private readonly changed = new Set<string>();
  private readonly asked = new Set<string>();

  constructor(
    private readonly table: string,
    private readonly id: string,
    private readonly unknown: T,
  ) {}

  get(org: string, id: string): T {
    return this.docs.get(keyOf(org, id)) ?? this.unknown;
  }

  set(org: string, id: string, doc: T): void {
    this.docs.set(keyOf(org, id), doc);
    this.changed.add(keyOf(org, id));
  }

  /** @returns what was read now: nothing is read twice. */
  async load(tx: ClientBase, keys: Iterable<string>): Promise<[org: string, doc: T][]> {
    const missing = [...new Set(keys)].filter((key) => !this.asked.has(key));
    if (missing.length === 0) return [];
    for (const key of missing) this.asked.add(key);
    const pairs = missing.map(partsOf);
    const { rows } = await tx.query(
      `select t.org, t.${this.id} as id, t.doc from unnest($1::text[], $2::text[]) as w(o, k) join ${this.table} t on t.org = w.o and t.${this.id} = w.k`,
      [pairs.map((p) => p[0]), pairs.map((p) => p[1])],
    );
    return (rows as { org: string; id: string; doc: string }[]).map(({ org, id, doc }) => {
      const read = JSON.parse(doc) as T;
      this.docs.set(keyOf(org, id), read);
      return [org, read];
    });
  }

  async save(tx: ClientBase): Promise<void> {
    const rows = [...this.changed].map((key) => [...partsOf(key), JSON.stringify(this.docs.get(key))]);
    await upsertRows(tx, { table: this.table, columns: ['org', this.id, 'doc'], key: ['org', this.id] }, rows);
  }
}

/** The flows and credits that a batch concerns, with those that they pay for or are paid by. */
export class Books {
  private readonly flows = new Shelf<FlowBook>(`${S}.flow`, 'flow_key', UNKNOWN_FLOW);
  private readonly credits = new Shelf<CreditBook>(`${S}.credit`, 'credit_id', UNKNOWN_CREDIT);

  static async open(tx: ClientBase, batch: readonly StoredEvent[]): Promise<Books> {
    const books = new Books();
    const named = namedIn(batch);
    const flows = await books.flows.load(tx, named.flows);
    const payers = flows.flatMap(([org, flow]) => Object.keys(flow.shares).map((id) => keyOf(org, id)));
    const credits = await books.credits.load(tx, [...named.credits, ...payers]);
    await books.flows.load(
      tx,
      credits.flatMap(([org, credit]) => credit.allocations.map((a) => keyOf(org, flowKey(a.iuf)))),
    );
    return books;
  }

  flow(org: string, key: string): FlowBook {
    return this.flows.get(org, key);
  }

  setFlow(org: string, key: string, book: FlowBook): void {
    this.flows.set(org, key, book);
  }

  credit(org: string, id: string): CreditBook {
    return this.credits.get(org, id);
  }

  setCredit(org: string, id: string, book: CreditBook): void {
    this.credits.set(org, id, book);
  }

  async save(tx: ClientBase): Promise<void> {
    await this.flows.save(tx);
    await this.credits.save(tx);
  }
}

/** The flows and credits that events are about. */
const namedIn = (batch: readonly StoredEvent[]): { flows: string[]; credits: string[] } => {
  const [flows, credits]: [string[], string[]] = [[], []];
  for (const { stream, type, data } of batch) {
    const org = orgOf(stream);
    const id = stream.slice(stream.indexOf('_') + 1);
    if (stream.startsWith('settlementFlow-')) flows.push(keyOf(org, decodeId(id)));
    if (stream.startsWith('credit-')) credits.push(keyOf(org, id));
    if (type !== 'AllocationsChanged') continue;
    const changes = data as AllocationsChanged['data'];
    for (const f of [...changes.flows, ...changes.released, ...changes.allocated]) flows.push(keyOf(org, flowKey(f.iuf)));
    for (const a of [...changes.released, ...changes.allocated]) credits.push(keyOf(org, a.creditId));
  }
  return { flows, credits };
};
