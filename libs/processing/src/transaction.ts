import type { ClientBase, Pool } from 'pg';

/** Runs work in one transaction on a connection of its own. @throws what the work throws, after the rollback. */
export const inTransaction = async <T>(pool: Pool, work: (tx: ClientBase) => Promise<T>): Promise<T> => {
  const client = await pool.connect();
  let broken: Error | undefined;
  // A connection may end between two statements; without a listener the process would end with it.
  const onError = (error: Error) => void (broken = error);
  client.on('error', onError);
  try {
    await client.query('begin');
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((e: Error) => (broken ??= e));
    throw broken ?? error;
  } finally {
    client.off('error', onError);
    client.release(broken);
  }
};
