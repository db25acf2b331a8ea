import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig } from 'pg';
import { StoreUnavailable, WriterFenced } from '../../port';

export interface SessionOptions {
  readonly config: ClientConfig;
  readonly schema: string;
  /** How long to wait while another living writer holds the store, and how long to try to come back after a lost connection. */
  readonly patienceMs: number;
}

const RETRY_MS = 50;

const connect = async (config: ClientConfig): Promise<Client> => {
  // A pool hides its password from enumeration, so a spread alone would lose it.
  const password = config.password === undefined ? {} : { password: config.password };
  const client = new Client({
    ...config,
    ...password,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    application_name: 'quadra event writer',
  });
  client.on('error', () => undefined); // a lost connection shows in the next statement, which reports it
  await client.connect();
  return client;
};

/**
 * The one connection that writes. A session lock keeps living writers apart: PostgreSQL frees it with the connection, and only after
 * the last transaction of that connection has ended, so whoever holds it sees the whole log. The epoch fences what the lock cannot:
 * a writer that lost its connection and comes back when another has taken over.
 */
export class WriterSession {
  /** The position of the last committed event. */
  head = 0n;
  /** When the last batch was recorded (RFC 3339), empty when none was. */
  lastRecordedAt = '';

  private constructor(
    private readonly options: SessionOptions,
    private current: Client,
    readonly epoch: bigint,
  ) {}

  /** Takes the store over: the lock, then a new epoch. @throws Error when another writer stays alive for `patienceMs`. */
  static async open(options: SessionOptions): Promise<WriterSession> {
    const client = await connect(options.config);
    try {
      await takeLock(client, options);
      const { rows } = await client.query(`update ${options.schema}.log_head set epoch = epoch + 1 returning epoch`);
      const session = new WriterSession(options, client, BigInt(rows[0].epoch));
      await session.readEnd();
      return session;
    } catch (error) {
      await client.end();
      throw error;
    }
  }

  get client(): Client {
    return this.current;
  }

  /**
   * Comes back after a lost connection: the lock must be free and the epoch unchanged.
   * @throws WriterFenced when another writer has taken over; StoreUnavailable when the database stays away for `patienceMs`.
   */
  async reopen(): Promise<void> {
    await this.close();
    const deadline = Date.now() + this.options.patienceMs;
    for (;;) {
      try {
        this.current = await connect(this.options.config);
        return await this.retake(deadline);
      } catch (error) {
        await this.close();
        if (error instanceof WriterFenced) throw error;
        if (Date.now() > deadline)
          throw new StoreUnavailable(`The event store cannot be written: ${(error as Error).message}`, { cause: error });
        await sleep(RETRY_MS);
      }
    }
  }

  async close(): Promise<void> {
    await this.current.end().catch(() => undefined); // it may be gone already: then there is nothing to end
  }

  /** Waits until the server has ended the lost connection's session, unless somebody else was there first. */
  private async retake(deadline: number): Promise<void> {
    for (;;) {
      const locked = await tryLock(this.current, this.options.schema);
      await this.readEnd(); // after the lock: what it reads is final
      if (locked) return;
      if (Date.now() > deadline) throw new Error('the session of the lost connection has not ended');
      await sleep(RETRY_MS);
    }
  }

  private async readEnd(): Promise<void> {
    const { schema } = this.options;
    const { rows } = await this.current.query(
      `select position, epoch, (select to_char(recorded_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
         from ${schema}.log_mark order by position desc limit 1) as recorded_at from ${schema}.log_head`,
    );
    if (BigInt(rows[0].epoch) !== this.epoch) throw new WriterFenced(`Another writer has taken the event store ${schema} over`);
    this.head = BigInt(rows[0].position);
    this.lastRecordedAt = rows[0].recorded_at ?? '';
  }
}

const lockKey = (schema: string): string => `hashtextextended('quadra.writer.${schema}', 0)`;

const tryLock = async (client: Client, schema: string): Promise<boolean> => {
  const { rows } = await client.query(`select pg_try_advisory_lock(${lockKey(schema)}) as locked`);
  return rows[0].locked;
};

const takeLock = async (client: Client, { schema, patienceMs }: SessionOptions): Promise<void> => {
  const deadline = Date.now() + patienceMs;
  while (!(await tryLock(client, schema))) {
    if (Date.now() > deadline) {
      throw new Error(`Another process writes to the event store ${schema} of this database: stop it before this one starts`);
    }
    await sleep(RETRY_MS);
  }
};
