import type { ClientBase } from 'pg';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import type { ImportFileEvent, PaymentEvent } from '@quadra/domain';
import { UNBORN, evolvePayment, importFileStream, paymentStream } from '@quadra/domain';
import type { OrgId } from '@quadra/kernel';
import { copyInto, pieces } from '@quadra/processing';
import type { UpsertValue } from '@quadra/processing';
import { COVERAGE_COLUMNS, coverageRows } from '../coverage/projection';
import { CREDITS } from '../credits/projection';
import type { FileState } from '../files/projection';
import { FILE_COLUMNS, evolveFile, fileValues } from '../files/projection';
import { FLOWS } from '../flows/projection';
import type { MoneyDefinition } from '../money-model';
import { moneyColumns, moneyValues } from '../money-model';
import { TRANSFER_COLUMNS, transferRows } from '../payments/rows';
import { judgementsUpTo, moneyAsOf } from './money';
import { settingsAsOf } from './settings';

/** One model of one organization at a position: `table` holds it as it stands now, `changed` takes the rows that were others then. */
export interface Change {
  readonly client: ClientBase;
  readonly store: EventStore;
  readonly org: OrgId;
  readonly position: bigint;
  readonly table: string;
  readonly changed: string;
}

/** Writes the rows that were others then. @returns `all` when even those that have not changed since were others. */
export type Fill = (change: Change) => Promise<'changed' | 'all'>;

/** Streams read and folded at once. */
const PAGE = 1_000;

interface Known {
  readonly key: string;
  /** The column that tells since when it is known. */
  readonly born?: string;
  readonly all?: boolean;
}

/** Keys of what was known then and has changed since, or of all that was known then. */
const keysOf = async ({ client, org, position, table }: Change, { key, born = 'born', all = false }: Known): Promise<string[]> => {
  const { rows } = await client.query<{ key: string }>(
    `select distinct ${key} as key from ${table} where org = $1 and ${born} <= $2::bigint and (position > $2::bigint or $3)`,
    [org, String(position), all],
  );
  return rows.map((r) => r.key);
};

const upTo = (events: readonly StoredEvent[] | undefined, position: bigint): StoredEvent[] =>
  (events ?? []).filter((e) => e.position <= position);

/** Their terms follow the calendar that the organization had then. */
export const payments: Fill = async (change) => {
  const { client, store, org, position } = change;
  const { calendar } = await settingsAsOf(store, org, position);
  const all = (await settingsAsOf(store, org)).calendar !== calendar;
  for (const iuvs of pieces(await keysOf(change, { key: 'iuv', all }), PAGE)) {
    const found = await store.readMany(iuvs.map((iuv) => paymentStream(org, iuv)));
    const rows = iuvs.flatMap((iuv) => {
      const events = upTo(found.get(paymentStream(org, iuv)), position);
      if (events.length === 0) return [];
      const life = (events as unknown as PaymentEvent[]).reduce(evolvePayment, UNBORN);
      return transferRows(org, iuv, { life, born: events[0]!.position, position: events.at(-1)!.position }, calendar);
    });
    await copyInto(client, change.changed, TRANSFER_COLUMNS, rows);
  }
  return all ? 'all' : 'changed';
};

const money =
  <D extends { life: { revision: number } }>(definition: MoneyDefinition<D>): Fill =>
  async (change) => {
    const { client, store, org, position } = change;
    const keys = await keysOf(change, { key: definition.table.key[1]! });
    const judgements = keys.length > 0 ? await judgementsUpTo(store, org, position) : [];
    for (const ids of pieces(keys, PAGE)) {
      const docs = await moneyAsOf(definition, store, org, ids, position, judgements);
      const rows = [...docs].map(([id, placed]) => moneyValues(definition, org, id, placed));
      await copyInto(client, change.changed, moneyColumns(definition), rows);
    }
    return 'changed';
  };

export const flows: Fill = money(FLOWS);
export const credits: Fill = money(CREDITS);

export const files: Fill = async (change) => {
  const { client, store, org, position } = change;
  for (const ids of pieces(await keysOf(change, { key: 'file_id', born: 'accepted_position' }), PAGE)) {
    const found = await store.readMany(ids.map((id) => importFileStream(org, id)));
    const rows: UpsertValue[][] = [];
    for (const id of ids) {
      let file: FileState | undefined;
      for (const e of upTo(found.get(importFileStream(org, id)), position))
        file = evolveFile(file, e as unknown as ImportFileEvent, e.position, e.meta.recordedAt);
      if (file) rows.push(fileValues(org, id, file));
    }
    await copyInto(client, change.changed, FILE_COLUMNS, rows);
  }
  return 'changed';
};

/** A stream is of one document: what of it has not changed since stands in the table, and is left out here. */
export const coverage: Fill = async ({ client, ...change }) => {
  for (const streams of pieces(await keysOf({ client, ...change }, { key: 'stream' }), PAGE)) {
    const found = await change.store.readMany(streams);
    const rows = [...coverageRows(streams.flatMap((stream) => upTo(found.get(stream), change.position))).values()];
    const { rows: same } = await client.query<{ key: string }>(
      `select concat_ws('|', source, page, document_id) as key from ${change.table} where org = $1 and stream = any($2) and position <= $3::bigint`,
      [change.org, streams, String(change.position)],
    );
    const unchanged = new Set(same.map((r) => r.key));
    const others = rows.filter(([, source, documentId, page]) => !unchanged.has([source, page, documentId].join('|')));
    await copyInto(client, change.changed, COVERAGE_COLUMNS, others);
  }
  return 'changed';
};
