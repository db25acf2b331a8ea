import { Pool } from 'pg';
import { SecretWrong, openKeyring } from '@quadra/platform/keyring';
import { COMUNE } from '../../../test/support/facts';
import type { TestDatabase } from '../../../test/support/postgres';
import { withDatabase } from '../../../test/support/postgres';
import { BlobStore, migrateIntake, personalName } from './intake';
import { adoptSecret, checkSecret, requireSecret } from './secret';

const own = openKeyring({ secret: 'the secret that sealed what is stored' });
const other = openKeyring({ secret: 'a secret of somebody else, as long as the own one' });

describe('the secret of an instance', () => {
  let database: TestDatabase;
  let pool: Pool;

  beforeEach(async () => {
    database = await withDatabase();
    pool = new Pool({ connectionString: database.url, max: 4 });
  });

  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  it('is the one of its first start, and of every later one', async () => {
    await checkSecret(pool, other);
    await requireSecret(pool, own);
    await requireSecret(pool, own);
    await expect(requireSecret(pool, other)).rejects.toThrow(SecretWrong);
    await expect(checkSecret(pool, other)).rejects.toThrow(/secret\.key .* QUADRA_SECRET/);
    await checkSecret(pool, own);
  });

  it('is one, whoever starts first of two that have different ones', async () => {
    const starts = await Promise.allSettled([requireSecret(pool, own), requireSecret(pool, other)]);
    expect(starts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  const stored: Record<string, () => Promise<unknown>> = {
    'an original file': () =>
      new BlobStore(pool, own).put(
        (async function* () {
          yield await Promise.resolve(Buffer.from('bytes'));
        })(),
        { maxBytes: 100 },
      ),
    'personal data': () =>
      pool.query('insert into command.personal_batch (ref, org, sealed) values ($1, $2, $3)', [
        'ref',
        COMUNE,
        own.seal(Buffer.from('[]'), personalName(COMUNE, 'ref')),
      ]),
  };

  it.each(Object.keys(stored))('has to open %s of an instance that noted none yet', async (what) => {
    await migrateIntake(pool);
    await stored[what]!();
    await expect(requireSecret(pool, other)).rejects.toThrow(SecretWrong);
    await requireSecret(pool, own);
    await expect(requireSecret(pool, other)).rejects.toThrow(SecretWrong);
  });

  it('of an empty instance gives way to the one of what is restored', async () => {
    await requireSecret(pool, other);
    await adoptSecret(pool, own);
    await requireSecret(pool, own);
    await expect(requireSecret(pool, other)).rejects.toThrow(SecretWrong);
  });
});
