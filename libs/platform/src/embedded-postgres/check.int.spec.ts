import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { checkEmbeddedPostgres } from './check';
import { Sessions } from './testing/sessions';

let sessions: Sessions;
beforeAll(() => {
  sessions = new Sessions(undefined);
});
afterAll(() => sessions.close());

/** A data directory that is refused by the check and by a start in the same words. */
const refused = async (name: string, fill: (data: string) => void): Promise<string> => {
  const data = join(sessions.folder(name), 'postgres');
  fill(data);
  const refusal = await sessions.refusal(data);
  await expect(checkEmbeddedPostgres(data, true)).rejects.toThrow(refusal);
  return refusal;
};

describe('the check of a folder for an embedded PostgreSQL', () => {
  it('finds nothing wrong with a new one, and makes nothing', async () => {
    const data = join(sessions.home, 'none', 'postgres');
    expect(await checkEmbeddedPostgres(data, true)).toBeGreaterThan(15);
    expect(existsSync(dirname(data))).toBe(false);
    expect(await checkEmbeddedPostgres(join(sessions.folder('empty'), 'postgres'), true)).toBeGreaterThan(15);
    expect(readdirSync(join(sessions.home, 'empty'))).toEqual([]);
  });

  it('refuses what a start refuses', async () => {
    const holding = (file: string, text: string) => (data: string) => {
      mkdirSync(data);
      writeFileSync(join(data, file), text);
    };
    expect(await refused('letters', holding('letter.txt', 'dear'))).toMatch(/holds files that are no PostgreSQL data/);
    expect(await refused('old', holding('PG_VERSION', '9'))).toMatch(/holds data of PostgreSQL 9/);
    expect(await refused('flat', (data) => writeFileSync(data, ''))).toMatch(/is not a folder/);
  });

  it('refuses one in use only to who wants it alone', async () => {
    const data = join(sessions.folder('busy'), 'postgres');
    const starter = await sessions.start(data);
    await expect(checkEmbeddedPostgres(data, true)).rejects.toThrow(`is in use by process ${starter.child.pid}`);
    expect(await checkEmbeddedPostgres(data, false)).toBeGreaterThan(15);
    await starter.stop();
    expect(await checkEmbeddedPostgres(data, true)).toBeGreaterThan(15);
  });
});
