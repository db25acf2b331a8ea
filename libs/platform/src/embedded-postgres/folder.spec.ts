import { mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FolderUnusable, makeFolder } from './folder';

const home = mkdtempSync(join(tmpdir(), 'quadra-folder-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('a folder', () => {
  it('is made with those above it, and stays when it is there', () => {
    const path = join(home, 'a', 'b', 'c');
    makeFolder(path, 0o700);
    makeFolder(path);
    for (const each of [path, join(home, 'a')]) expect(statSync(each).mode & 0o777).toBe(0o700);
  });

  it('is found through a link', () => {
    mkdirSync(join(home, 'there'));
    symlinkSync('there', join(home, 'link'));
    makeFolder(join(home, 'link', 'inside'));
    expect(statSync(join(home, 'there', 'inside')).isDirectory()).toBe(true);
  });

  it('is refused in one sentence that names it where something else stands in its way', () => {
    const file = join(home, 'file');
    writeFileSync(file, '');
    symlinkSync('nowhere', join(home, 'broken'));
    expect(() => makeFolder(file)).toThrow(new FolderUnusable(`The folder ${file} cannot be made: it is there and is not a folder`));
    for (const path of [join(file, 'a', 'b'), join(home, 'broken', 'a')])
      expect(() => makeFolder(path)).toThrow(
        new FolderUnusable(`The folder ${path} cannot be made: a part of its path is there and is not a folder`),
      );
  });
});
