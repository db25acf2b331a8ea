import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from './cli/root';

const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string };

/** The version of the product, as its package states it. */
export const VERSION = version;
