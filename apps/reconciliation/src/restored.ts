import type { Pool } from 'pg';
import { inTransaction } from '@quadra/processing';
import { migrateMatcher, saveOrgs } from './matcher/tables';

/**
 * Prepares the matcher for a history that came from another store. Its judgements name positions of that store, so they do not tell here
 * which facts they considered: nothing is judged anew before the facts have come as far as the last one that was restored, and then
 * everything is looked at once. Without this, a judgement on half of the facts would be said and taken back.
 * @param orgs organizations with judgements; @param lastFact position of the last settlement flow or credit event in this store.
 */
export const awaitRestoredFacts = async (pool: Pool, orgs: readonly string[], lastFact: bigint): Promise<void> => {
  await inTransaction(pool, async (tx) => {
    await migrateMatcher(tx);
    await saveOrgs(tx, new Map(orgs.map((org) => [org, { revision: -1, awaits: lastFact, due: true }])));
  });
};
