import { Pool } from 'pg';
import { StoredEvent } from '../../port';
import { EVENT_COLUMNS, EventRow, toEvent } from './rows';

/** Streams of one `readMany` statement. */
const STREAMS_AT_ONCE = 2_000;

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

  /** `split_part` hides the stream from the planner, so a page always walks the positions. */
  page(after: bigint, upTo: bigint, categories: readonly string[], limit: number): Promise<StoredEvent[]> {
    const range = [after.toString(), upTo.toString(), limit];
    if (categories.length === 0) return this.events('where position > $1 and position <= $2 order by position limit $3', range);
    const wanted = `split_part(stream, '-', 1) = any($4::text[])`;
    return this.events(`where position > $1 and position <= $2 and ${wanted} order by position limit $3`, [...range, categories]);
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
