import type { PersonalFields } from '@quadra/formats';
import type { OrgId } from '@quadra/kernel';
import type { Keyring } from '@quadra/platform/keyring';
import type { Pool } from 'pg';
import { personalName } from './piece-packer';
import type { SealedPersonal } from './protocol';

/** Keeps a sealed batch. The same reference means the same records of the same file, so what stands stays. */
export const keepPersonal = async (pool: Pool, org: string, { ref, sealed }: SealedPersonal): Promise<void> => {
  await pool.query('insert into command.personal_batch (ref, org, sealed) values ($1, $2, $3) on conflict (ref) do nothing', [
    ref,
    org,
    sealed,
  ]);
};

/**
 * The personal fields behind references (`personalRef` of an event), by reference. Each batch is opened once. References of
 * another organization, erased ones and unknown ones are absent.
 * @throws SealBroken when a batch was changed, or sealed with another secret.
 */
export const readPersonal = async (
  pool: Pool,
  keyring: Keyring,
  org: OrgId,
  personalRefs: readonly string[],
): Promise<Map<string, PersonalFields>> => {
  const batches = new Set(personalRefs.map((ref) => ref.slice(0, ref.lastIndexOf(':'))));
  const { rows } = await pool.query('select ref, sealed from command.personal_batch where org = $1 and ref = any($2)', [org, [...batches]]);
  const opened = new Map<string, PersonalFields[]>(
    rows.map((row) => [row.ref, JSON.parse(keyring.open(row.sealed, personalName(org, row.ref)).toString())]),
  );
  const found = new Map<string, PersonalFields>();
  for (const personalRef of personalRefs) {
    const at = personalRef.lastIndexOf(':');
    const fields = opened.get(personalRef.slice(0, at))?.[Number(personalRef.slice(at + 1))];
    if (fields) found.set(personalRef, fields);
  }
  return found;
};
