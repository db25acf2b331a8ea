import { decodeId, orgOf } from '@quadra/kernel';
import type { StoredEvent } from '@quadra/event-store';
import type { JournalPageVoided, JournalReported, SettlementFlowReported, SettlementFlowVoided } from '@quadra/domain';
import { upsertRows } from '@quadra/processing';
import type { UpsertValue } from '@quadra/processing';
import type { ModelTable, ReadModel } from '../model';
import { READ_SCHEMA, tableName } from '../model';

export const COVERAGE_TABLE: ModelTable = {
  name: 'coverage',
  key: ['org', 'source', 'document_id', 'page'],
  columns: ['org', 'source', 'document_id', 'page', 'pages_total', 'covers_from', 'covers_to', 'accounts'],
  hidden: 'voided',
};

/** All columns of the table. */
export const COVERAGE_COLUMNS = [...COVERAGE_TABLE.columns, 'voided', 'stream', 'born', 'position'];

interface Page {
  readonly source: string;
  readonly documentId: string;
  readonly page: number;
  readonly voided: boolean;
  /** What it covers; absent when a void says nothing of it. */
  readonly covers?: readonly [pagesTotal: number, from: string, to: string, accounts: string];
}

const idOf = (stream: string): string => stream.slice(stream.indexOf('_') + 1);

const ofJournal = (event: StoredEvent): Page | undefined => {
  if (event.type !== 'JournalReported' && event.type !== 'JournalPageVoided') return undefined;
  const [treasurer, documentId] = idOf(event.stream).split('.').map(decodeId) as [string, string];
  const place = { source: `journal:${treasurer}`, documentId };
  if (event.type === 'JournalPageVoided') return { ...place, page: (event.data as JournalPageVoided['data']).page, voided: true };
  const d = event.data as JournalReported['data'];
  return { ...place, page: d.page, voided: false, covers: [d.pagesTotal, d.from, d.to, JSON.stringify(d.accounts)] };
};

/** A flow covers the day of its own date, one row for each version; its version begins with that date. */
const ofFlow = (event: StoredEvent): Page | undefined => {
  if (event.type !== 'SettlementFlowReported' && event.type !== 'SettlementFlowVoided') return undefined;
  const { version } = event.data as SettlementFlowReported['data'] | SettlementFlowVoided['data'];
  const day = version.slice(0, 10);
  const voided = event.type === 'SettlementFlowVoided';
  return { source: 'flows', documentId: `${decodeId(idOf(event.stream))}|${version}`, page: 1, voided, covers: [1, day, day, '[]'] };
};

/** Folds the events of any streams into rows, one for each page of a journal and each version of a flow. */
export const coverageRows = (events: readonly StoredEvent[], before: ReadonlyMap<string, UpsertValue[]> = new Map()) => {
  const rows = new Map<string, UpsertValue[]>(before);
  for (const e of events) {
    const p = e.stream.startsWith('journal-') ? ofJournal(e) : ofFlow(e);
    if (!p) continue;
    const key = coverageKey(orgOf(e.stream), p);
    const known = rows.get(key);
    const covers = p.covers ?? known?.slice(4, 8);
    if (!covers) continue;
    const born = known ? known[10] : String(e.position);
    rows.set(key, [orgOf(e.stream), p.source, p.documentId, p.page, ...covers, p.voided, e.stream, born, String(e.position)]);
  }
  return rows;
};

const coverageKey = (org: string, { source, documentId, page }: Pick<Page, 'source' | 'documentId' | 'page'>): string =>
  `${org}|${source}|${page}|${documentId}`;

/** Which days each source has been seen for: without it nobody can say that money is late. */
export const coverageModel = (version: number): ReadModel => {
  const table = tableName('coverage', version);
  return {
    name: 'coverage',
    version,
    categories: ['journal', 'settlementFlow'],
    batchSize: 2_000,
    tables: [COVERAGE_TABLE],
    migrate: async (client) => {
      await client.query(`create schema if not exists ${READ_SCHEMA};
        create table if not exists ${table} (org text collate "C" not null, source text collate "C" not null, document_id text collate "C" not null, page int not null,
          pages_total int not null, covers_from date not null, covers_to date not null, accounts text not null,
          voided boolean not null, stream text collate "C" not null, born bigint not null, position bigint not null,
          primary key (org, source, document_id, page));
        create index if not exists coverage_v${version}_stream on ${table} (stream);`);
    },
    handle: async (batch, tx) => {
      const events = batch.filter((e) => ofFlow(e) ?? ofJournal(e));
      if (events.length === 0) return;
      const streams = [...new Set(events.map((e) => e.stream))];
      const list = COVERAGE_COLUMNS.map((c) => (/^covers_|born|position/.test(c) ? `${c}::text` : c)).join(', ');
      const { rows } = await tx.query({ text: `select ${list} from ${table} where stream = any($1)`, values: [streams], rowMode: 'array' });
      const known = (rows as UpsertValue[][]).map((r): [string, UpsertValue[]] => [
        coverageKey(String(r[0]), { source: String(r[1]), documentId: String(r[2]), page: Number(r[3]) }),
        r,
      ]);
      const changed = coverageRows(events, new Map(known));
      await upsertRows(tx, { table, columns: COVERAGE_COLUMNS, key: COVERAGE_TABLE.key }, [...changed.values()]);
    },
  };
};
