/**
 * The bare client as the measure of the adapter: for each line `<first> <count>` on standard input it appends one event to each of so many
 * new streams, 512 in flight, and prints the seconds. `node dist/test/support/eventstoredb/raw-append.js <connection string>`
 */
import { EventStoreDBClient, jsonEvent, NO_STREAM } from '@eventstore/db-client';
import { createInterface } from 'node:readline';

const IN_FLIGHT = 512;
const ORG = '80012345678';

const event = (n: number) =>
  jsonEvent({
    type: 'ReceiptReceived',
    data: {
      iuv: `3${String(n).padStart(16, '0')}`,
      iur: `${n.toString(16).padStart(12, '0')}${'ab'.repeat(10)}`,
      paidAt: '2026-03-11T10:22:31.000Z',
      totalCents: 12_345 + (n % 1_000),
      issuer: ORG,
      psp: 'BPPIITRRXXX',
      outcome: 0,
      transfers: [
        { index: 1, beneficiary: ORG, cents: 12_345 + (n % 1_000), iban: 'IT60X0542811101000000123456', taxonomy: '9/0101108TS/' },
      ],
    },
    metadata: {
      $correlationId: 'import-8f1c',
      commandId: `line-${n}`,
      actor: 'import',
      inputHash: 'c0ffee00c0ffee00',
      source: { fileId: 'f-17', line: n },
      recordedAt: '2026-03-11T10:22:31.000Z',
    },
  });

const appendAll = async (client: EventStoreDBClient, first: number, count: number): Promise<void> => {
  let next = first;
  const lane = async (): Promise<void> => {
    while (next < first + count) {
      const n = next++;
      await client.appendToStream(`payment-${ORG}_raw${n}`, event(n), { expectedRevision: NO_STREAM });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
};

const main = async (): Promise<void> => {
  const client = EventStoreDBClient.connectionString(process.argv[2]!);
  for await (const line of createInterface({ input: process.stdin })) {
    const [first = 0, count = 0] = line.split(' ').map(Number);
    const start = process.hrtime.bigint();
    await appendAll(client, first, count);
    process.stdout.write(`${Number(process.hrtime.bigint() - start) / 1e9}\n`);
  }
  process.exit(0);
};

void main();
