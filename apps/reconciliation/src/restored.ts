import type { Pool } from 'pg';
import { migrateMatcher, saveOrgs } from './matcher/tables';

/**
 * Prepares the matcher for a history that came from another store. Its judgements name positions of that store, so they do not tell here
 * which facts they considered: nothing is judged anew before the facts have come as far as the last one that was restored, and then
 * everything is looked at once. Without this, a judgement on half of the facts would be said and taken back.
 * @param orgs organizations with judgements; @param lastFact position of the last settlement flow or credit event in this store.
 */
export const awaitRestoredFacts = async (pool: Pool, orgs: readonly string[], lastFact: bigint): Promise<void> => {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await migrateMatcher(client);
    await saveOrgs(client, new Map(orgs.map((org) => [org, { revision: -1, awaits: lastFact, due: true }])));
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  } finally {
    client.release();
  }
};
