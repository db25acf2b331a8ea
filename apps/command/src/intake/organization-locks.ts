import { Client } from 'pg';

/**
 * Keeps several instances from importing for one organization at the same time. All locks of this instance live in one
 * connection of its own; when that is lost another instance may begin too, which doubles work and nothing else.
 */
export class OrganizationLocks {
  private client: Promise<Client> | undefined;

  constructor(private readonly databaseUrl: string) {}

  /** Runs `work` alone for the organization. @returns false, without running it, when another instance is at work. */
  async alone(org: string, work: () => Promise<void>): Promise<boolean> {
    const client = await (this.client ??= this.connect());
    const name = `quadra/import/${org}`;
    const { rows } = await client.query('select pg_try_advisory_lock(hashtextextended($1, 0)) as mine', [name]);
    if (!rows[0].mine) return false;
    try {
      await work();
      return true;
    } finally {
      // A connection that is gone has taken its locks with it.
      await client.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => undefined);
    }
  }

  async close(): Promise<void> {
    const client = await this.client?.catch(() => undefined);
    this.client = undefined;
    await client?.end().catch(() => undefined);
  }

  private async connect(): Promise<Client> {
    const client = new Client({ connectionString: this.databaseUrl, application_name: 'quadra intake locks' });
    const forget = (): void => void (this.client = undefined);
    client.on('error', forget);
    client.on('end', forget);
    try {
      await client.connect();
      return client;
    } catch (e) {
      forget();
      throw e;
    }
  }
}
