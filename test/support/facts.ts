import { shortDigest, toCents, toDate, toOrg, type Cents, type LocalDate, type OrgId } from '@quadra/kernel';
import { creditId, type CreditContent, type FlowHeader, type FlowLine, type NoticeContent, type ReceiptContent } from '@quadra/domain';

/** Facts as the readers of documents hand them over, with defaults: a spec names only what it is about. */

export const COMUNE: OrgId = toOrg('00000000011');
export const PROVINCIA: OrgId = toOrg('00000000022');
export const eur = (cents: number): Cents => toCents(cents);
export const day = (text: string): LocalDate => toDate(text);

/** A receipt of one transfer that belongs to the body; `cents` is its share. */
export const aReceipt = (receiptId: string, cents: number, over: Partial<ReceiptContent> = {}): ReceiptContent => ({
  receiptId,
  issuer: COMUNE,
  outcome: 'OK',
  totalCents: eur(cents),
  paidOn: day('2026-03-02'),
  psp: 'PSP1',
  transfers: [{ index: 1, amountCents: eur(cents) }],
  othersCents: eur(0),
  ...over,
});

export const aNotice = (iud: string, cents: number, over: Partial<NoticeContent> = {}): NoticeContent => ({
  iud,
  amountCents: eur(cents),
  executedOn: day('2026-03-02'),
  ...over,
});

export interface FlowDocument {
  readonly header: FlowHeader;
  readonly lines: readonly FlowLine[];
}

export const aLine = (iuv: string, iur: string, cents: number, over: { index?: number; outcome?: string } = {}): FlowLine => [
  iuv,
  iur,
  over.index ?? 1,
  eur(cents),
  over.outcome ?? '0',
  day('2026-03-02'),
];

/** A settlement flow that ties, unless the header is told otherwise; its content hash follows from its content. */
export const aFlow = (iuf: string, lines: readonly FlowLine[], over: Partial<FlowHeader> = {}): FlowDocument => {
  const header = {
    iuf,
    flowDateTime: '2026-03-03T06:00:00',
    revision: 1,
    senderType: 'B',
    senderCode: 'PSP1',
    trn: `TRN-${iuf}`,
    regulationOn: day('2026-03-03'),
    declaredCount: lines.length,
    declaredCents: eur(lines.reduce((sum, line) => sum + line[3], 0)),
    ...over,
  };
  return { header: { ...header, contentHash: over.contentHash ?? shortDigest(JSON.stringify([header, lines])) }, lines };
};

/** A provisional credit (*provvisorio*) whose text names flows. */
export const aCredit = (
  documentNumber: string,
  cents: number,
  iufs: readonly string[],
  over: Partial<CreditContent> = {},
): CreditContent => ({
  treasurer: '03069',
  fiscalYear: 2026,
  kind: 'sospeso',
  documentNumber,
  account: '1',
  bookedOn: day('2026-03-04'),
  amountCents: eur(cents),
  candidates: iufs.map((iuf, group) => ({ iuf, tier: 'exact' as const, group })),
  iuvs: [],
  parserVersion: 1,
  textDigest: shortDigest(iufs.join()),
  ...over,
});

export const idOfCredit = (documentNumber: string): string => creditId(aCredit(documentNumber, 0, []));
