#!/usr/bin/env node
'use strict';
// Runs the compiled command line; compiles it first when dist/ is missing or older than a source.
const { spawnSync } = require('node:child_process');
const { existsSync, readdirSync, statSync } = require('node:fs');
const { join, resolve } = require('node:path');

const root = resolve(__dirname, '../../..');
const cli = join(root, 'dist/apps/quadra/src/cli.js');

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`Quadra needs Node.js 20.19 or later; this is ${process.versions.node}`);
  process.exit(1);
}

const hasSourceNewerThan = (folder, time) =>
  readdirSync(folder, { withFileTypes: true }).some((entry) => {
    if (entry.name === 'node_modules') return false;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return hasSourceNewerThan(path, time);
    return entry.name.endsWith('.ts') && !entry.name.endsWith('.spec.ts') && statSync(path).mtimeMs > time;
  });

const compiledAt = () => Math.max(...['apps', 'libs', 'tools'].map((top) => newest(join(root, 'dist', top))));
const newest = (folder) =>
  readdirSync(folder, { withFileTypes: true }).reduce((time, entry) => {
    const path = join(folder, entry.name);
    return Math.max(time, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs);
  }, 0);

const isStale = () => {
  if (!existsSync(cli)) return true;
  if (!existsSync(join(root, 'libs'))) return false; // an installation without sources
  const time = compiledAt();
  return ['apps', 'libs', 'tools'].some((top) => hasSourceNewerThan(join(root, top), time));
};

if (isStale()) {
  const built = spawnSync(process.execPath, [join(root, 'tools/build.mjs')], { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (built.status !== 0) {
    console.error('Quadra could not be compiled: run `npm ci`, then try again');
    process.exit(1);
  }
}

require(cli).main();
