import { type AppendRequest, type EventStore } from '@quadra/event-store';

const ORG = '80012345678';
const IN_FLIGHT = 4;

export const ROUNDS = 5;

const iuv = (n: number): string => `3${String(n).padStart(16, '0')}`;

const receipt = (n: number, commandId: string): AppendRequest['events'][number] => ({
  type: 'ReceiptReceived',
  data: {
    iuv: iuv(n),
    iur: `${n.toString(16).padStart(12, '0')}${'ab'.repeat(10)}`,
    paidAt: '2026-03-11T10:22:31.000Z',
    totalCents: 12_345 + (n % 1_000),
    issuer: ORG,
    psp: 'BPPIITRRXXX',
    outcome: 0,
    transfers: [{ index: 1, beneficiary: ORG, cents: 12_345 + (n % 1_000), iban: 'IT60X0542811101000000123456', taxonomy: '9/0101108TS/' }],
  },
  meta: { $correlationId: 'import-8f1c', commandId, actor: 'import', inputHash: 'c0ffee00c0ffee00', source: { fileId: 'f-17', line: n } },
});

/** So many receipts for the nth payment, behind a revision. */
export const request = (n: number, expected: number, events: number): AppendRequest => ({
  stream: `payment-${ORG}_${iuv(n)}`,
  expected,
  events: Array.from({ length: events }, (_, i) => receipt(n, `line-${n}-${expected}-${i}`)),
});

/** Seconds that the work takes. */
export const timed = async (work: () => Promise<void>): Promise<number> => {
  const start = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - start) / 1e9;
};

/** Slices as an import sends them: four in flight, so that encoding overlaps the server's work. */
export const appendAll = async (store: EventStore, count: number, make: (n: number) => AppendRequest, slice = 2_500): Promise<void> => {
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < count) {
      const first = next;
      next = Math.min(count, next + slice);
      const results = await store.appendMany(Array.from({ length: next - first }, (_, i) => make(first + i)));
      if (results.some((r) => !r.ok)) throw new Error('an append of the benchmark conflicted');
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
};
