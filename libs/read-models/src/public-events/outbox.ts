import type { ClientBase } from 'pg';
import { assertPublicEvent } from '@quadra/event-feed';
import { RowBytes, copyInto } from '@quadra/processing';
import type { Draft } from './draft';
import { PUBLIC_EVENTS_SCHEMA as S } from './tables';

const COLUMNS = ['seq', 'org', 'type', 'subject', 'sequence', 'position', 'at', 'rule_set', 'correction', 'data'] as const;

/** For each organization, the position up to which its events have been told of. */
export type Marks = ReadonlyMap<string, bigint>;

type MarkRow = { org: string; position: string };
const toMarks = (rows: readonly MarkRow[]): Map<string, bigint> => new Map(rows.map((r) => [r.org, BigInt(r.position)]));

/** Whether nobody has told of an event yet. */
export const isNews = (marks: Marks, org: string, position: bigint): boolean => position > (marks.get(org) ?? 0n);

/** How far a teller has come, by organization. Marks only grow, so that what is told by them was told. */
export const marksOf = async (tx: ClientBase, teller: string, orgs: readonly string[]): Promise<Map<string, bigint>> => {
  const { rows } = await tx.query(`select org, position from ${S}.mark where teller = $1 and org = any($2)`, [teller, orgs]);
  return toMarks(rows as MarkRow[]);
};

/**
 * The same, and until the end of the transaction nobody else tells of these organizations: two versions of one read model may
 * meet at the end of the history, and each event is told of by whoever comes first.
 */
export const lockMarks = async (tx: ClientBase, teller: string, orgs: readonly string[]): Promise<Map<string, bigint>> => {
  const sorted = [...orgs].sort();
  await tx.query(`insert into ${S}.mark (teller, org, position) select $1, o, 0 from unnest($2::text[]) o on conflict do nothing`, [
    teller,
    sorted,
  ]);
  const { rows } = await tx.query(`select org, position from ${S}.mark where teller = $1 and org = any($2) order by org for update`, [
    teller,
    sorted,
  ]);
  return toMarks(rows as MarkRow[]);
};

export const moveMarks = async (tx: ClientBase, teller: string, to: Marks): Promise<void> => {
  await tx.query(
    `update ${S}.mark m set position = greatest(m.position, u.position) from unnest($2::text[], $3::bigint[]) as u(org, position)
     where m.teller = $1 and m.org = u.org`,
    [teller, [...to.keys()], [...to.values()].map(String)],
  );
};

/** A public event as text, ready to be written: a batch holds many thousand, and texts are cheaper to keep than objects. */
export interface Told extends Pick<Draft, 'org' | 'subject' | 'type' | 'correction' | 'cause'> {
  readonly data: string;
}

/** @throws PublicEventInvalid when it breaks its contract: a fault of Quadra, so nothing of the batch is written. */
export const told = ({ org, subject, type, correction, cause, data }: Draft): Told => {
  assertPublicEvent(type, data);
  return { org, subject, type, correction, cause, data: JSON.stringify(data) };
};

/** The number of the first event of each subject in this batch; the rows stay locked until the transaction ends. */
const takeSequences = async (tx: ClientBase, events: readonly Told[]): Promise<Map<string, number>> => {
  const counts = new Map<string, number>();
  for (const { subject } of events) counts.set(subject, (counts.get(subject) ?? 0) + 1);
  // Lists travel as one text each way: a subject is percent-encoded, and one value is cheaper for the driver than many thousand.
  const { rows } = await tx.query<{ subjects: string; sequences: string }>(
    `with taken as (
       insert into ${S}.subject as s (subject, sequence) select * from unnest(string_to_array($1, E'\n'), string_to_array($2, ',')::int[])
       on conflict (subject) do update set sequence = s.sequence + excluded.sequence returning subject, sequence)
     select string_agg(subject, E'\n') as subjects, string_agg(sequence::text, ',') as sequences from taken`,
    [[...counts.keys()].join('\n'), [...counts.values()].join()],
  );
  const [subjects, sequences] = [rows[0]!.subjects.split('\n'), rows[0]!.sequences.split(',')];
  return new Map(subjects.map((subject, i) => [subject, Number(sequences[i]) - counts.get(subject)! + 1]));
};

/**
 * Takes the next numbers of the outbox. The row stays locked until the commit, so transactions that write here commit in the
 * order of their numbers and a reader never sees a hole. The commit waits for the disk: what was handed out must not be
 * numbered again after a crash.
 */
const takeNumbers = async (tx: ClientBase, count: number): Promise<bigint> => {
  await tx.query('set local synchronous_commit = on');
  const { rows } = await tx.query(`update ${S}.head set seq = seq + $1 returning seq`, [count]);
  return BigInt((rows[0] as { seq: string }).seq) - BigInt(count) + 1n;
};

/** Writes public events in the transaction of the rows that they tell of; the caller holds the marks of their organizations. */
export const writeOutbox = async (tx: ClientBase, events: readonly Told[]): Promise<void> => {
  if (events.length === 0) return;
  const sequences = await takeSequences(tx, events);
  let seq = await takeNumbers(tx, events.length);
  const rows = new RowBytes();
  for (const { org, type, subject, cause, correction, data } of events) {
    const sequence = sequences.get(subject)!;
    sequences.set(subject, sequence + 1);
    rows.add([String(seq++), org, type, subject, sequence, String(cause.position), cause.recordedAt, cause.ruleSet, correction, data]);
  }
  await copyInto(tx, `${S}.outbox`, COLUMNS, rows);
};
