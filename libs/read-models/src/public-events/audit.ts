import type { Pool } from 'pg';
import { READ_SCHEMA, query } from '../model';
import { PUBLIC_EVENTS_SCHEMA as S } from './tables';

/** What the public was told against itself and against the read models, as far back as public events are kept. */
export interface PublicEventsAudit {
  readonly events: number;
  /** Numbers that are missing in the one order of all events. */
  readonly missingNumbers: number;
  /** Subjects whose own numbers have a gap, or do not end where the subject's counter stands. */
  readonly brokenSubjects: number;
  /** Transfers of which the public was told another state last than the read model shows. */
  readonly otherStates: number;
}

const NUMBERS = `
  select (select count(*) from ${S}.outbox)::text as events,
    (h.seq - h.swept - (select count(*) from ${S}.outbox where seq > h.swept and seq <= h.seq))::text as missing from ${S}.head h`;

const SUBJECTS = `
  select count(*)::text as n from (
    select subject, count(*) as events, min(sequence) as first, max(sequence) as last from ${S}.outbox group by subject) o
  left join ${S}.subject s using (subject) where o.events <> o.last - o.first + 1 or s.sequence is distinct from o.last`;

/** The last word on a transfer: its state, or null where it was taken back whole. */
const STATES = `
  with last as (
    select distinct on (subject) org, data::json as d from ${S}.outbox
    where type in ('it.quadra.payment.received.v1', 'it.quadra.transfer.state-changed.v1') order by subject, sequence desc),
  told as (
    select org, d->>'iuv' as iuv, d->>'iur' as iur, (d->>'transferIndex')::int as transfer_index, coalesce(d->>'to', d->>'state') as state from last),
  shown as (
    select org, iuv, iur, transfer_index, min(state) as state from ${READ_SCHEMA}.transfer where state <> 'voided' group by 1, 2, 3, 4)
  select count(*)::text as n from told t left join shown s
    on s.org = t.org and s.iuv = t.iuv and s.iur is not distinct from t.iur and s.transfer_index = t.transfer_index
  where t.iur is not null and s.state is distinct from t.state`;

/** Compares in one snapshot. Transfers without an IUR are left out: several notices of one payment may share their name. */
export const auditPublicEvents = async (pool: Pool): Promise<PublicEventsAudit> => {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const [numbers] = await query<{ events: string; missing: string }>(client, NUMBERS);
    const [subjects] = await query<{ n: string }>(client, SUBJECTS);
    const [states] = await query<{ n: string }>(client, STATES);
    return {
      events: Number(numbers!.events),
      missingNumbers: Number(numbers!.missing),
      brokenSubjects: Number(subjects!.n),
      otherStates: Number(states!.n),
    };
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
};
