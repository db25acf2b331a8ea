import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const CLI = join(ROOT, 'apps/quadra/src/cli.ts');

const filesUnder = (dir: string, ending: string): string[] =>
  readdirSync(dir, { withFileTypes: true }).flatMap((entry) => {
    const path = join(dir, entry.name);
    return entry.isDirectory() ? filesUnder(path, ending) : path.endsWith(ending) ? [path] : [];
  });

const ROOT_PAGES = readdirSync(ROOT)
  .filter((name) => name.endsWith('.md'))
  .map((name) => join(ROOT, name));
const PAGES = [...ROOT_PAGES, ...filesUnder(join(ROOT, 'docs'), '.md')];

const nameOf = (path: string): string => relative(ROOT, path);
const textOf = (page: string): string => readFileSync(page, 'utf8');
const withoutCode = (text: string): string =>
  text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, (code) => ' '.repeat(code.length));
const codeOf = (text: string): string[] => [...text.matchAll(/^```[^\n]*\n([\s\S]*?)^```|`([^`\n]+)`/gm)].map((m) => m[1] ?? m[2] ?? '');

/** Where the links of a page lead, in this repository: [file, anchor]. */
const linksOf = (page: string): { target: string; path: string; anchor: string }[] =>
  [...withoutCode(textOf(page)).matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => {
      const [file = '', anchor = ''] = target.split('#', 2);
      return { target, anchor, path: file === '' ? page : resolve(dirname(page), decodeURIComponent(file)) };
    });

/** The anchors that a page offers, as code hosting platforms build them from headings. */
const anchorsOf = (page: string): Set<string> =>
  new Set(
    [...textOf(page).matchAll(/^#+ (.+)$/gm)].map((match) =>
      (match[1] ?? '')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .trim()
        .replace(/ /g, '-'),
    ),
  );

/** What the pages name by a pattern inside code, as `page: word`, once each. */
const namedInCode = (pattern: RegExp): { page: string; word: string }[] =>
  PAGES.flatMap((page) => {
    const words = codeOf(textOf(page)).flatMap((code) => [...code.matchAll(pattern)].map((match) => match[1] ?? ''));
    return [...new Set(words)].map((word) => ({ page: nameOf(page), word }));
  });

const unknown = (named: readonly { page: string; word: string }[], known: ReadonlySet<string>): string[] =>
  named.filter(({ word }) => !known.has(word)).map(({ page, word }) => `${page}: ${word}`);

/** Commander's `.command('name …')`, wherever the command line defines them. */
const cliCommands = (): Set<string> =>
  new Set(
    filesUnder(dirname(CLI), '.ts')
      .filter((file) => !file.endsWith('.spec.ts'))
      .flatMap((file) => [...textOf(file).matchAll(/(?:\.command|new Command)\(\s*['"`]([a-z][a-z-]*)/g)].map((match) => match[1] ?? '')),
  );

describe('the documentation', () => {
  it('has links that all lead to a page, and to a heading of it', () => {
    const broken = PAGES.flatMap((page) =>
      linksOf(page)
        .filter(({ path, anchor }) => !existsSync(path) || (anchor !== '' && statSync(path).isFile() && !anchorsOf(path).has(anchor)))
        .map(({ target }) => `${nameOf(page)}: ${target}`),
    );
    expect(broken).toEqual([]);
  });

  it('can be reached whole from the README', () => {
    const reached = new Set([join(ROOT, 'README.md')]);
    for (const page of reached) for (const { path } of linksOf(page)) if (path.endsWith('.md') && existsSync(path)) reached.add(path);
    expect(PAGES.filter((page) => page.startsWith(join(ROOT, 'docs')) && !reached.has(page)).map(nameOf)).toEqual([]);
  });

  it('names only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: Record<string, string> };
    const named = [...namedInCode(/npm run ([\w:-]+)/g), ...namedInCode(/npm (test|start)\b/g)];
    expect(named.length).toBeGreaterThan(0);
    expect(unknown(named, new Set(Object.keys(scripts)))).toEqual([]);
  });

  const whenCliExists = existsSync(CLI) ? it : it.skip;
  const skipped = existsSync(CLI) ? '' : ' (SKIPPED: apps/quadra/src/cli.ts is not here yet)';
  whenCliExists(`names only quadra commands that exist${skipped}`, () => {
    const named = namedInCode(/(?<![\w/@.-])quadra ([a-z][a-z-]*)/g);
    expect(named.length).toBeGreaterThan(0);
    expect(unknown(named, cliCommands())).toEqual([]);
  });

  whenCliExists(`lists every command of the command line in its reference${skipped}`, () => {
    const reference = codeOf(textOf(join(ROOT, 'docs/reference/cli.md'))).join('\n');
    expect([...cliCommands()].filter((command) => !new RegExp(`\\b${command}\\b`).test(reference))).toEqual([]);
  });

  it('names no path of somebody’s machine', () => {
    const found = PAGES.flatMap((page) =>
      [...textOf(page).matchAll(/(?<![\w.:/])\/(?:home|Users|work|root)\/\S*/g)].map((match) => `${nameOf(page)}: ${match[0]}`),
    );
    expect(found).toEqual([]);
  });
});
