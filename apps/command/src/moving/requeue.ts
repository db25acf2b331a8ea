import { orgOf } from '@quadra/kernel';
import type { FileAccepted, FileImported, FileVoided } from '@quadra/domain';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import type { Pool } from 'pg';
import { pagesOf } from '../integrity';

const fileIdIn = (stream: string): string => stream.slice(stream.indexOf('_') + 1);

/**
 * Makes the queue of the importer again from the streams of the files: what was accepted and not ended is imported when the
 * instance starts. Doing it again changes nothing.
 */
export const requeueFiles = async (pool: Pool, store: EventStore): Promise<void> => {
  for await (const page of pagesOf(store, { after: 0n, upTo: await store.head(), categories: ['importFile'] })) {
    await addAccepted(
      pool,
      page.filter((e) => e.type === 'FileAccepted'),
    );
    await endFiles(
      pool,
      page.filter((e) => e.type === 'FileImported' || e.type === 'FileRejected'),
    );
    await addVoids(
      pool,
      page.filter((e) => e.type === 'FileVoided'),
    );
    await endVoids(
      pool,
      page.filter((e) => e.type === 'FileVoidCompleted'),
    );
  }
};

const keys = (events: readonly StoredEvent[]): [string[], string[]] => [
  events.map((e) => orgOf(e.stream)),
  events.map((e) => fileIdIn(e.stream)),
];

const addAccepted = async (pool: Pool, events: readonly StoredEvent[]): Promise<void> => {
  if (events.length === 0) return;
  const data = events.map((e) => e.data as FileAccepted['data']);
  await pool.query(
    `insert into command.file (org, file_id, sha256, attempt, name, bytes, status, requested_format, actor, correlation_id, accepted_position)
     select org, file_id, sha256, attempt, name, bytes, 'accepted', format, actor, correlation, position
     from unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::bigint[], $7::text[], $8::text[], $9::text[], $10::bigint[])
       as f(org, file_id, sha256, attempt, name, bytes, format, actor, correlation, position)
     on conflict (org, file_id) do nothing`,
    [
      ...keys(events),
      data.map((d) => d.sha256),
      data.map((d) => d.attempt),
      data.map((d) => d.name),
      data.map((d) => d.bytes),
      data.map((d) => d.requestedFormat ?? null),
      events.map((e) => e.meta.actor),
      events.map((e) => e.meta.$correlationId ?? ''),
      events.map((e) => String(e.position)),
    ],
  );
};

const endFiles = async (pool: Pool, events: readonly StoredEvent[]): Promise<void> => {
  if (events.length === 0) return;
  await pool.query(
    `update command.file f set status = e.status, zipped = e.zipped from unnest($1::text[], $2::text[], $3::text[], $4::bool[])
       as e(org, file_id, status, zipped) where f.org = e.org and f.file_id = e.file_id`,
    [
      ...keys(events),
      events.map((e) => (e.type === 'FileImported' ? 'imported' : 'rejected')),
      events.map((e) => (e.data as FileImported['data']).format === 'zip'),
    ],
  );
};

const addVoids = async (pool: Pool, events: readonly StoredEvent[]): Promise<void> => {
  if (events.length === 0) return;
  await pool.query(
    `with void as (
       insert into command.file_void (org, file_id, reason, actor, correlation_id, position)
       select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[])
       on conflict (org, file_id) do nothing)
     update command.file f set status = 'voided' from unnest($1::text[], $2::text[]) as v(org, file_id)
     where f.org = v.org and f.file_id = v.file_id`,
    [
      ...keys(events),
      events.map((e) => (e.data as FileVoided['data']).reason),
      events.map((e) => e.meta.actor),
      events.map((e) => e.meta.$correlationId ?? ''),
      events.map((e) => String(e.position)),
    ],
  );
};

const endVoids = async (pool: Pool, events: readonly StoredEvent[]): Promise<void> => {
  if (events.length === 0) return;
  await pool.query(
    `update command.file_void v set done = true from unnest($1::text[], $2::text[]) as e(org, file_id)
     where v.org = e.org and v.file_id = e.file_id`,
    keys(events),
  );
};
