import { escapeLiteral, type Pool } from 'pg';
import { type FeedPage } from '../../feed';
import { type StoredEvent } from '../../port';
import { EVENT_COLUMNS, type EventRow, toEvent } from './rows';

/** Streams of one `readMany` statement. */
const STREAMS_AT_ONCE = 2_000;

/** Bytes of event data after which a page ends: settlement lines are a thousand times longer than a receipt. */
const PAGE_BYTES = 8 * 1024 * 1024;

/** An event and the bytes of the page so far. */
type PageRow = [...EventRow, bytes: string];

/** Every read of the log. Any connection will do: what a reader sees is committed, and positions become visible in order. */
export class Reader {
  constructor(
    private readonly pool: Pool,
    private readonly schema: string,
  ) {}

  read(stream: string, from: number): Promise<StoredEvent[]> {
    return this.events('where stream = $1 and revision >= $2 order by revision', [stream, from]);
  }

  async readMany(streams: readonly string[]): Promise<Map<string, StoredEvent[]>> {
    const names = [...new Set(streams)];
    const found = new Map<string, StoredEvent[]>();
    for (let from = 0; from < names.length; from += STREAMS_AT_ONCE) {
      const slice = names.slice(from, from + STREAMS_AT_ONCE);
      for (const event of await this.events('where stream = any($1::text[]) order by stream, revision', [slice])) {
        const events = found.get(event.stream);
        if (events) events.push(event);
        else found.set(event.stream, [event]);
      }
    }
    return found;
  }

  /**
   * Walks the positions, whatever the planner believes: on a young table without statistics it would sort the whole range for each
   * page (a hundred times slower), so other ways are closed for this one statement, and `split_part` hides the stream's index.
   */
  async page(after: bigint, upTo: bigint, categories: readonly string[], limit: number): Promise<FeedPage> {
    const names = categories.map((name) => escapeLiteral(name)).join(', ');
    const wanted = names === '' ? '' : `and split_part(stream, '-', 1) in (${names})`;
    const running = 'sum(octet_length(data)) over (order by position rows unbounded preceding)';
    const page = `select ${EVENT_COLUMNS}, ${running} as bytes from ${this.schema}.event
      where position > ${after} and position <= ${upTo} ${wanted} order by position limit ${Math.floor(limit)}`;
    // Without values pg sends a simple query, and its statements are one transaction: that is how far `set local` reaches.
    const results: unknown = await this.pool.query({
      rowMode: 'array',
      text: `set local enable_bitmapscan = off; set local enable_seqscan = off; set local enable_sort = off;
        select * from (${page}) p where bytes - octet_length(data) < ${PAGE_BYTES} order by position`,
    });
    const rows = (results as { rows: PageRow[] }[]).at(-1)!.rows;
    const bytes = Number(rows.at(-1)?.[7] ?? 0);
    return { events: rows.map(toEvent), full: rows.length >= limit || bytes >= PAGE_BYTES };
  }

  async head(): Promise<bigint> {
    const { rows } = await this.pool.query(`select position from ${this.schema}.log_head`);
    return BigInt(rows[0].position);
  }

  async positionAt(instant: Date): Promise<bigint> {
    const { rows } = await this.pool.query(
      `select position from ${this.schema}.log_mark where recorded_at <= $1 order by recorded_at desc, position desc limit 1`,
      [instant.toISOString()],
    );
    return BigInt(rows[0]?.position ?? 0);
  }

  private async events(condition: string, values: unknown[]): Promise<StoredEvent[]> {
    const text = `select ${EVENT_COLUMNS} from ${this.schema}.event ${condition}`;
    const { rows } = await this.pool.query<EventRow>({ rowMode: 'array', text, values });
    return rows.map(toEvent);
  }
}
