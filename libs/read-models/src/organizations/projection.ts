import { orgOf } from '@quadra/kernel';
import type { Organization, OrganizationEvent } from '@quadra/domain';
import { UNKNOWN_ORGANIZATION, evolveOrganization } from '@quadra/domain';
import { upsertRows } from '@quadra/processing';
import type { ModelTable, ReadModel } from '../model';
import { READ_SCHEMA, tableName } from '../model';

export const ORGANIZATION_TABLE: ModelTable = { name: 'organization', key: ['org'], columns: ['org', 'name', 'broker', 'doc'] };

/** One row per registered organization, with its settings. */
export const organizationsModel = (version: number): ReadModel => {
  const table = tableName('organization', version);
  return {
    name: 'organizations',
    version,
    categories: ['organization'],
    batchSize: 500,
    tables: [ORGANIZATION_TABLE],
    migrate: async (client) => {
      await client.query(`create schema if not exists ${READ_SCHEMA};
        create table if not exists ${table} (org text collate "C" primary key, name text not null, broker text, doc text not null);`);
    },
    handle: async (batch, tx) => {
      const orgs = [...new Set(batch.map((e) => orgOf(e.stream) as string))];
      const { rows } = await tx.query(`select org, doc from ${table} where org = any($1)`, [orgs]);
      const known = new Map<string, Organization>(rows.map((r) => [r.org, JSON.parse(r.doc)]));
      for (const e of batch) {
        const before = known.get(orgOf(e.stream)) ?? UNKNOWN_ORGANIZATION;
        if (e.revision > before.revision) known.set(orgOf(e.stream), evolveOrganization(before, e as unknown as OrganizationEvent));
      }
      await upsertRows(
        tx,
        { table, columns: ORGANIZATION_TABLE.columns, key: ORGANIZATION_TABLE.key },
        [...known].map(([org, o]) => [org, o.name, o.broker ?? null, JSON.stringify(o)]),
      );
    },
  };
};
