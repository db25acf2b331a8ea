import type { Pool } from 'pg';
import type { PublicEventType, StoredPublicEvent } from '@quadra/event-feed';
import { BadCursor, decodeCursor, encodeCursor } from '../queries/page';
import type { PublicEventsAudit } from './audit';
import { auditPublicEvents } from './audit';
import { PUBLIC_EVENTS_SCHEMA as S } from './tables';

/** Which events a reader may and wants to see; absent means all. */
export interface PublicEventFilter {
  readonly organizations?: readonly string[];
  readonly types?: readonly PublicEventType[];
}

export interface PublicEventPage {
  readonly events: readonly StoredPublicEvent[];
  /** Everything up to here was looked at: where to go on, whether something matched or not. */
  readonly upTo: bigint;
  /** There was nothing after `upTo` at that moment. */
  readonly atEnd: boolean;
}

/** The events after this place were removed by the retention: a reader that goes on from it has missed some. */
export class PublicEventsExpired extends Error {}

const KIND = 'events';
/** The place before the first event. */
const START = 'start';

/** A place in the order of public events, as readers keep it. */
export const publicCursor = (seq: bigint): string => encodeCursor([KIND, String(seq)]);

/** @throws BadCursor for a text that no answer ever gave. */
export const parsePublicCursor = (cursor: string): bigint => {
  if (cursor === START) return 0n;
  const [kind, seq] = decodeCursor(cursor, 2) ?? [];
  if (kind !== KIND || typeof seq !== 'string' || !/^(0|[1-9]\d{0,17})$/.test(seq))
    throw new BadCursor('the cursor is not one of the events');
  return BigInt(seq);
};

/** Rows that one statement looks at: few may match, and the cursor moves on all the same. */
const WINDOW = 20_000n;

interface Row {
  readonly seq: string;
  readonly org: string;
  readonly type: PublicEventType;
  readonly subject: string;
  readonly sequence: number;
  readonly position: string;
  readonly at: Date;
  readonly rule_set: string | null;
  readonly correction: boolean;
  readonly data: string;
}

const toEvent = (r: Row): StoredPublicEvent => ({
  seq: BigInt(r.seq),
  type: r.type,
  org: r.org,
  subject: r.subject,
  sequence: r.sequence,
  position: r.position,
  time: r.at.toISOString(),
  ...(r.rule_set !== null && { ruleSet: r.rule_set }),
  correction: r.correction,
  data: r.data,
});

/** Reads the outbox in its one order. */
export class PublicEvents {
  constructor(private readonly pool: Pool) {}

  /** Whether what was told holds together, and says what the read models show. */
  audit(): Promise<PublicEventsAudit> {
    return auditPublicEvents(this.pool);
  }

  /** The place of the last event, and up to where the retention has removed them. */
  async ends(): Promise<{ readonly head: bigint; readonly swept: bigint }> {
    const { rows } = await this.pool.query(`select seq, swept from ${S}.head`);
    const row = rows[0] as { seq: string; swept: string };
    return { head: BigInt(row.seq), swept: BigInt(row.swept) };
  }

  /**
   * The events after a place that match, in order, at most `limit`; one bounded look, so an answer may be empty before the end.
   * From the place before the first event, what the retention has removed is passed over.
   * @throws PublicEventsExpired when events after the place were removed; BadCursor when nothing was ever there.
   */
  async after(place: bigint, filter: PublicEventFilter, limit: number): Promise<PublicEventPage> {
    const { head, swept } = await this.ends();
    if (place > head) throw new BadCursor('the cursor is not one of this instance');
    if (place > 0n && place < swept) throw new PublicEventsExpired('events after this cursor were removed by the retention');
    const from = place > swept ? place : swept;
    const to = from + WINDOW < head ? from + WINDOW : head;
    if (from === to) return { events: [], upTo: from, atEnd: true };
    const { rows } = await this.pool.query(
      `select seq, org, type, subject, sequence, position, at, rule_set, correction, data from ${S}.outbox
       where seq > $1 and seq <= $2 and ($3::text[] is null or org = any($3)) and ($4::text[] is null or type = any($4)) order by seq limit $5`,
      [String(from), String(to), filter.organizations ?? null, filter.types ?? null, limit],
    );
    const events = (rows as Row[]).map(toEvent);
    const upTo = events.length === limit ? events[events.length - 1]!.seq : to;
    return { events, upTo, atEnd: upTo === head };
  }

  /**
   * Removes events older than so many days, a bounded piece at a time; never beyond `keepAfter`, where a reader of the house still is.
   * @returns how many were removed.
   */
  async sweep(days: number, keepAfter?: bigint): Promise<number> {
    const { rows } = await this.pool.query(
      `with old as (select seq from (select seq, written_at from ${S}.outbox order by seq limit $2) o
         where written_at < now() - make_interval(days => $1) and ($3::bigint is null or seq <= $3)),
       gone as (delete from ${S}.outbox where seq in (select seq from old) returning seq),
       moved as (update ${S}.head set swept = (select max(seq) from gone) where exists (select from gone))
       select count(*)::int as count from gone`,
      [days, String(WINDOW), keepAfter === undefined ? null : String(keepAfter)],
    );
    return (rows[0] as { count: number }).count;
  }
}
