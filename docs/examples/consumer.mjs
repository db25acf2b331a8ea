#!/usr/bin/env node
/**
 * Books credits as Quadra explains them. Plain Node.js (20 or later), no package.
 *
 *   QUADRA_URL=http://127.0.0.1:3000 QUADRA_API_KEY=qk_… node docs/examples/consumer.mjs [--once]
 *
 * The cursor and what was booked stand in one file (STATE_FILE, by default consumer-state.json) that is replaced as a whole, so
 * a consumer that is killed goes on where it was: some events may come again, and are recognized.
 */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';

const { QUADRA_URL = 'http://127.0.0.1:3000', QUADRA_API_KEY = '', STATE_FILE = 'consumer-state.json' } = process.env;
const TYPES = ['it.quadra.credit.explained.v1', 'it.quadra.credit.withdrawn.v1'];
const once = process.argv.includes('--once');

const load = () => {
  try {
    return JSON.parse(readFileSync(STATE_FILE, 'utf8'));
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
    return { cursor: 'start', sequences: {}, books: {} };
  }
};

const save = (state) => {
  writeFileSync(`${STATE_FILE}.new`, JSON.stringify(state, null, 2));
  renameSync(`${STATE_FILE}.new`, STATE_FILE);
};

/** One page of events after the cursor; waits up to 20 seconds for news, unless this runs once. */
const read = async (cursor) => {
  const query = new URLSearchParams({ after: cursor, types: TYPES.join(','), limit: '500', wait: once ? '0' : '20' });
  const response = await fetch(`${QUADRA_URL}/api/v1/events?${query}`, { headers: { Authorization: `Bearer ${QUADRA_API_KEY}` } });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return response.json();
};

/** What the books should hold of a credit: the whole explained amount when it is bookable, nothing otherwise. */
const targetOf = ({ type, data }) => (type === 'it.quadra.credit.explained.v1' && data.bookable ? data.byAssessment : []);
const totalOf = (shares) => shares.reduce((sum, share) => sum + share.amountCents, 0);

/** Takes an event in once: the sequence of its subject tells whether it came before. An event replaces the one before it. */
const take = (state, event) => {
  const { subject } = event;
  const sequence = Number(event.sequence);
  if (sequence <= (state.sequences[subject] ?? 0)) return;
  state.sequences[subject] = sequence;
  const [before, now] = [state.books[subject] ?? [], targetOf(event)];
  if (JSON.stringify(before) === JSON.stringify(now)) return;
  state.books[subject] = now;
  const act = totalOf(now) === 0 ? 'cancel' : totalOf(before) === 0 ? 'book' : 'rebook';
  console.log(`${act} ${event.data.creditId} of ${event.organization}: ${totalOf(before)} -> ${totalOf(now)} cents`);
};

const state = load();
for (;;) {
  let page;
  try {
    page = await read(state.cursor);
  } catch (error) {
    if (once) throw error;
    console.error(`${error.message}; trying again`);
    await new Promise((resolve) => setTimeout(resolve, 5_000));
    continue;
  }
  for (const event of page.items) take(state, event);
  const moved = page.nextCursor !== state.cursor;
  state.cursor = page.nextCursor;
  if (moved) save(state);
  if (once && !moved) break;
}
