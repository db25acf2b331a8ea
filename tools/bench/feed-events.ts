import type { StoredEvent } from '@quadra/event-store';

const ORGANIZATIONS = 200;

/** The n-th event of a made-up log, from 1: a receipt of about 700 bytes, of one of many organizations. */
export const feedEvent = (n: number): StoredEvent => {
  const org = String(80_000_000_000 + (n % ORGANIZATIONS) * 7_919);
  const hash = 'f'.repeat(64);
  return {
    position: BigInt(n),
    stream: `payment-${org}_${String(n).padStart(17, '3')}`,
    revision: 0,
    id: `0a1b2c3d-0000-5000-8000-${String(n).padStart(12, '0')}`,
    type: 'ReceiptReceived',
    data: {
      receiptId: `${n.toString(16).padStart(12, '0')}${'ab'.repeat(10)}`,
      issuer: org,
      outcome: 'OK',
      totalCents: 12_345 + (n % 1_000),
      paidAt: '2026-10-12T10:11:12',
      psp: 'BPPIITRRXXX',
      transfers: [{ index: 1, amountCents: 12_345, iban: 'IT60X0542811101000000123456', category: '9/0101108TS/' }],
      personalRef: `${hash}_1:12:345`,
    },
    meta: {
      commandId: `${hash}_1/0/${n}`,
      actor: 'bench',
      source: { fileId: `${hash}_1`, line: n },
      recordedAt: '2026-10-12T10:11:12.000Z',
    },
  };
};

/** Positions of the n-th slice of a log of so many events. */
export const slice = (from: number, total: number, size = 1_000): StoredEvent[] =>
  Array.from({ length: Math.min(size, total - from) }, (_, i) => feedEvent(from + i + 1));
