import { withDatabase } from '../../../test/support/postgres';
import { openPostgresStore } from './adapters/postgres';
import { describeEventStore } from './contract';

describeEventStore('PostgreSQL', async (clock) => {
  const database = await withDatabase();
  const store = await openPostgresStore({ connectionString: database.url, clock });
  const close = async (): Promise<void> => {
    await store.close();
    await database.drop();
  };
  return { store, close };
});
