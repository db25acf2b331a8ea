import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Rows of the list of scenarios of the field: receipts, lines, credits and notices in 39 constellations. */
const ROWS = 39;

const source = readdirSync(__dirname)
  .filter((name) => name.endsWith('.e2e.spec.ts'))
  .map((name) => readFileSync(join(__dirname, name), 'utf8'))
  .join('\n');

describe('the scenarios of the field', () => {
  it(`each of the ${ROWS} rows has a test that bears its number`, () => {
    const tested = [...source.matchAll(/['(`]row (\d+)[:,]|later\((\d+),/g)].map((match) => Number(match[1] ?? match[2]));
    const missing = Array.from({ length: ROWS }, (_, i) => i + 1).filter((row) => !tested.includes(row));
    expect(missing).toEqual([]);
  });
});
