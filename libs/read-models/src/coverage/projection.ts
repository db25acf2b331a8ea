import { orgOf } from '@quadra/kernel';
import type { JournalReported, SettlementFlowReported } from '@quadra/domain';
import { upsertRows } from '@quadra/processing';
import type { UpsertValue } from '@quadra/processing';
import type { ModelTable, ReadModel } from '../model';
import { READ_SCHEMA, tableName } from '../model';

export const COVERAGE_TABLE: ModelTable = {
  name: 'coverage',
  key: ['org', 'source', 'document_id', 'page'],
  columns: ['org', 'source', 'document_id', 'page', 'pages_total', 'covers_from', 'covers_to', 'accounts'],
};

const rowOf = (org: string, event: { type: string; data: unknown }): UpsertValue[] | undefined => {
  if (event.type === 'JournalReported') {
    const d = event.data as JournalReported['data'];
    return [org, `journal:${d.treasurer}`, d.documentId, d.page, d.pagesTotal, d.from, d.to, JSON.stringify(d.accounts)];
  }
  if (event.type === 'SettlementFlowReported') {
    const d = event.data as SettlementFlowReported['data'];
    const day = d.flowDateTime.slice(0, 10);
    return [org, 'flows', day, 1, 1, day, day, '[]'];
  }
  return undefined;
};

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
          pages_total int not null, covers_from date not null, covers_to date not null, accounts text not null, primary key (org, source, document_id, page));`);
    },
    handle: async (batch, tx) => {
      const rows = new Map<string, UpsertValue[]>();
      for (const e of batch) {
        const row = rowOf(orgOf(e.stream), e);
        if (row) rows.set(row.slice(0, 4).join('|'), row);
      }
      await upsertRows(tx, { table, columns: COVERAGE_TABLE.columns, key: COVERAGE_TABLE.key }, [...rows.values()]);
    },
  };
};
