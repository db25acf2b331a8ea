import type { IntakeRecord } from '@quadra/formats';
import { toCents, toDate } from '@quadra/kernel';
import { prepareRecord } from './prepare';
import { COMUNE } from './testing/samples';

const receipt = (psp: string): IntakeRecord => ({
  kind: 'receipt',
  line: 7,
  iuv: '01',
  personal: {},
  content: {
    receiptId: 'R1',
    issuer: COMUNE,
    outcome: 'OK',
    totalCents: toCents(100),
    paidOn: toDate('2026-11-24'),
    psp,
    transfers: [],
    othersCents: toCents(0),
  },
});
const prepared = (record: IntakeRecord) =>
  prepareRecord(COMUNE, record, () => ({})).map((json) => JSON.parse(json) as { kind: string; code?: string });

describe('a record before it is handed to the store', () => {
  it.each([
    ['U+0000', 'a\0b'],
    ['half of a character', 'a\ud800b'],
    ['half of a character after a backslash', '\\\ud83d'],
  ])('is a reject when it holds %s', (_, psp) =>
    expect(prepared(receipt(psp))).toMatchObject([{ kind: 'reject', code: 'CONTROL_CHARACTER' }]),
  );

  it.each([
    ['a whole character beyond U+FFFF', '\u{1f600}'],
    ['a text that only looks like an escape', '\\ud800 \\u0000'],
  ])('passes with %s', (_, psp) => expect(prepared(receipt(psp))).toMatchObject([{ kind: 'receipt' }]));
});
