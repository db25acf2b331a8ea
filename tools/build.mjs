// Compiles every TypeScript file of apps, libs, test and tools into dist/ (same tree), one swc pass, no type check.
// Only files newer than their output are compiled again, so a second build costs milliseconds.
import { readdirSync, statSync, mkdirSync, writeFileSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformSync } from '@swc/core';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const out = join(root, 'dist');
const swc = JSON.parse(readFileSync(join(root, '.swcrc'), 'utf8'));
const { paths } = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')).compilerOptions;
const config = statSync(join(root, 'tsconfig.json')).mtimeMs;

const files = (dir) =>
  readdirSync(dir, { withFileTypes: true }).flatMap((e) => {
    if (e.name === 'node_modules' || e.name === 'dist') return [];
    const path = join(dir, e.name);
    return e.isDirectory() ? files(path) : [path];
  });

/** The alias `@quadra/x` becomes a relative path to the compiled lib, so that dist/ runs without a resolver. */
const rewriteAliases = (code, target) =>
  code.replace(/require\("(@quadra\/[a-z\/-]+)"\)/g, (_, alias) => {
    const lib = join(out, paths[alias][0]);
    return `require("${relative(dirname(target), lib).replaceAll('\\', '/')}")`;
  });

let compiled = 0;
const wanted = new Set();
for (const top of ['apps', 'libs', 'test', 'tools']) {
  if (!existsSync(join(root, top))) continue;
  for (const file of files(join(root, top))) {
    const rel = relative(root, file);
    const isTs = file.endsWith('.ts') && !file.endsWith('.d.ts') && !file.endsWith('.spec.ts');
    const isAsset = /\.(sql|json|ttf|html|css|svg)$/.test(file) && rel.includes('/src/');
    if (!isTs && !isAsset) continue;
    const target = join(out, isTs ? rel.replace(/\.ts$/, '.js') : rel);
    wanted.add(target);
    if (existsSync(target) && statSync(target).mtimeMs > Math.max(statSync(file).mtimeMs, config)) continue;
    mkdirSync(dirname(target), { recursive: true });
    const content = readFileSync(file, isTs ? 'utf8' : undefined);
    writeFileSync(
      target,
      isTs ? rewriteAliases(transformSync(content, { ...swc, filename: file, configFile: false, swcrc: false }).code, target) : content,
    );
    compiled++;
  }
}
if (existsSync(out)) for (const file of files(out)) if (!wanted.has(file)) rmSync(file);
if (process.argv.includes('--verbose')) console.error(`${compiled} files compiled`);
