import { type Standalone, openStandalone } from '../../apps/quadra/src/standalone';
import { withDatabase } from './postgres';

/** Work with one process on a database of its own, which is gone afterwards: what a cluster is compared with. */
export const alone = async <T>(dataDir: string, work: (quadra: Standalone) => Promise<T>): Promise<T> => {
  const database = await withDatabase();
  const quadra = await openStandalone({ dataDir, databaseUrl: database.url });
  try {
    return await work(quadra);
  } finally {
    await quadra.close();
    await database.drop();
  }
};
