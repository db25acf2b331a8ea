import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder of the product: the first one above this file that holds its build tool. The sources and dist/ lie inside it. */
const productRoot = (): string => {
  let folder = __dirname;
  while (!existsSync(join(folder, 'tools', 'build.mjs'))) {
    const above = dirname(folder);
    if (above === folder) throw new Error('The folder of Quadra was not found above its program');
    folder = above;
  }
  return folder;
};

/** The version of the product, as its package states it. */
export const productVersion = (): string =>
  (JSON.parse(readFileSync(join(productRoot(), 'package.json'), 'utf8')) as { version: string }).version;
