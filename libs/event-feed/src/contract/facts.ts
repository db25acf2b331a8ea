import { type EventStore, NO_STREAM } from '@quadra/event-store';

const ORGS = Array.from({ length: 12 }, (_, n) => `8001234${String(n * 131).padStart(4, '0')}`);
const CATEGORIES = ['payment', 'credit', 'settlementFlow'];
let count = 0;

export const orgs: readonly string[] = ORGS;

/** Records facts of many organizations, in several categories, one stream each. @returns the last position. */
export const record = async (store: EventStore, number: number, org?: string): Promise<bigint> => {
  const results = await store.appendMany(
    Array.from({ length: number }, () => {
      const n = count++;
      const stream = `${CATEGORIES[n % 3]}-${org ?? ORGS[n % ORGS.length]}_${n}`;
      return { stream, expected: NO_STREAM, events: [{ type: 'Happened', data: { n }, meta: { commandId: `c${n}`, actor: 'test' } }] };
    }),
  );
  return results.reduce((last, r) => (r.ok && r.position > last ? r.position : last), 0n);
};

/** Records one event with a text of so many bytes. */
export const recordLarge = async (store: EventStore, bytes: number): Promise<void> => {
  const n = count++;
  const event = { type: 'Happened', data: { text: 'è'.repeat(bytes / 2) }, meta: { commandId: `c${n}`, actor: 'test' } };
  await store.append({ stream: `payment-${ORGS[n % ORGS.length]}_${n}`, expected: NO_STREAM, events: [event] });
};
