import type { Cents, DomainEvent, LocalDate, OrgId } from '@quadra/kernel';
import { encodeId } from '@quadra/kernel';

/**
 * The life of the payments of one organization under one IUV. Facts come from documents, conclusions from the engine.
 * At a secondary beneficiary the IUVs of different issuers collide, so a stream may hold several payments: a transfer is
 * (IUR, index) inside it.
 */
export const paymentStream = (org: OrgId, iuv: string): string => `payment-${org}_${encodeId(iuv)}`;

/** One beneficiary line of a receipt (*singolo trasferimento*), only those of the stream's own organization. */
export interface ReceiptTransfer {
  /** `idTransfer`, 1 to 5. */
  readonly index: number;
  readonly amountCents: Cents;
  readonly iban?: string;
  /** A digital revenue stamp (*marca da bollo digitale*): never settled through pagoPA. */
  readonly stampDuty?: true;
  /** Taxonomy code (*codice tassonomico*). */
  readonly category?: string;
}

/** What a receipt (*ricevuta telematica*, RT) says, without personal data. */
export interface ReceiptContent {
  /** `receiptId`: equals the IUR of the settlement line. */
  readonly receiptId: string;
  readonly noticeNumber?: string;
  /** Fiscal code of the body that issued the notice. */
  readonly issuer: OrgId;
  readonly outcome: 'OK' | 'KO';
  /** The whole receipt, all beneficiaries. */
  readonly totalCents: Cents;
  /** The citizen's day of payment, in Rome. */
  readonly paidOn: LocalDate;
  /** Wall clock in Rome, `YYYY-MM-DDTHH:MM:SS`, where the receipt has it (`paymentDateTime` is optional). */
  readonly paidAt?: string;
  /** The day the PSP said it would order the transfer: evidence only. */
  readonly transferOn?: LocalDate;
  readonly psp: string;
  readonly pspName?: string;
  readonly transfers: readonly ReceiptTransfer[];
  /** Shares of other beneficiaries, kept as a total so that the receipt adds up. */
  readonly othersCents: Cents;
  readonly dueType?: string;
  readonly iud?: string;
  /** Where the citizen's data lie, encrypted. */
  readonly personalRef?: string;
  /** Keyed digest of the debtor's fiscal code, for search. */
  readonly debtorDigest?: string;
}

export type ReceiptReceived = DomainEvent<'ReceiptReceived', ReceiptContent>;
/** A receipt id that is known already came with other content. Both stand; content order decides which one counts. */
export type ReceiptConflicted = DomainEvent<'ReceiptConflicted', ReceiptContent>;

/** The body's own system declares that a due was paid (*pagamento notificato*), by IUD. */
export interface NoticeContent {
  readonly iud: string;
  readonly amountCents: Cents;
  readonly executedOn: LocalDate;
  readonly dueType?: string;
  readonly category?: string;
  readonly personalRef?: string;
  readonly debtorDigest?: string;
}
export type PaymentNotified = DomainEvent<'PaymentNotified', NoticeContent>;

/**
 * A content of a receipt no longer stands: the file that brought it was taken back. Fingerprint, hour and IUD tell it from
 * the other contents of the same receipt.
 */
export type ReceiptVoided = DomainEvent<
  'ReceiptVoided',
  {
    readonly receiptId: string;
    readonly fingerprint: string;
    readonly paidAt?: string;
    readonly iud?: string;
    readonly reason: string;
  }
>;
/** A declaration no longer stands: the file that brought it was taken back. */
export type NoticeVoided = DomainEvent<'NoticeVoided', { readonly fingerprint: string; readonly reason: string }>;

/** A transfer inside its stream: the IUR and index of its receipt, or of its line where no receipt is known. */
export interface TransferKey {
  readonly iur: string;
  readonly index: number;
}

/** A line of a settlement flow (*flusso di rendicontazione*), as it concerns one payment. */
export interface ReportedLine {
  readonly iuf: string;
  /** The version of the flow that this was read from, see `versionKey`. */
  readonly version: string;
  /** The IUR that the line itself states; differs from the transfer's when the PSP wrote another one. */
  readonly lineIur: string;
  readonly lineIndex: number;
  /** Tells equal lines of one flow apart: 0 for the first. */
  readonly ordinal: number;
  readonly amountCents: Cents;
  /** `codiceEsitoSingoloPagamento` as written: 0, 3, 4, 8, 9 or anything newer. */
  readonly outcome: string;
  readonly paidOn: LocalDate;
  readonly psp: string;
  readonly pspName?: string;
  /** `dataRegolamento`: the day the flow settles. */
  readonly regulationOn: LocalDate;
}

export type PairedBy = 'iur' | 'issuer-index-amount' | 'line-only';

/** The line now belongs to this transfer. Said again with another transfer when a later receipt explains it better. */
export type TransferReported = DomainEvent<
  'TransferReported',
  ReportedLine & { readonly iur: string; readonly index: number; readonly pairedBy: PairedBy; readonly ruleSet: string }
>;
/**
 * The line no longer stands in the highest complete version of its flow. `flow-voided`: no version that stands holds it any
 * more, because its file was taken back; then it is forgotten and not merely dropped.
 */
export type TransferReportWithdrawn = DomainEvent<
  'TransferReportWithdrawn',
  {
    readonly iuf: string;
    readonly lineIur: string;
    readonly lineIndex: number;
    readonly ordinal: number;
    readonly iur: string;
    readonly index: number;
    readonly because: 'dropped-by-version' | 'flow-voided';
    readonly version: string;
    readonly ruleSet: string;
  }
>;
/** The flow of this transfer is funded in full: the money is on the account. */
export type TransferCredited = DomainEvent<
  'TransferCredited',
  {
    readonly iur: string;
    readonly index: number;
    readonly iuf: string;
    /** Value date of the latest credit that funds the flow. */
    readonly creditedOn: LocalDate;
    readonly flowCents: Cents;
    readonly allocatedCents: Cents;
    readonly credits: readonly string[];
    readonly ruleSet: string;
  }
>;
export type TransferCreditWithdrawn = DomainEvent<
  'TransferCreditWithdrawn',
  {
    readonly iur: string;
    readonly index: number;
    readonly iuf: string;
    readonly flowCents: Cents;
    readonly allocatedCents: Cents;
    readonly ruleSet: string;
  }
>;

export const DISCREPANCY_CODES = [
  'RECEIPT_MISSING',
  'LINE_AMOUNT_DIFFERS',
  'IUR_DIFFERS',
  'NOTICE_MISSING',
  'NOTICE_AMOUNT_DIFFERS',
  'FLOW_TOTAL_DIFFERS',
  'FLOW_PARTLY_CREDITED',
  'CREDIT_SHORT',
  'CREDIT_OVER',
  'DUPLICATE_PAYMENT',
  'REPORTED_TWICE',
  'RECEIPT_CONFLICT',
  'FLOW_CONFLICT',
  'REVISION_AFTER_FUNDING',
  'WRONG_ACCOUNT',
  'CREDIT_REJECTED',
  'REGULARIZATION_LATE',
  'MATCH_BROKEN',
  'UNKNOWN_OUTCOME',
] as const;
export type DiscrepancyCode = (typeof DISCREPANCY_CODES)[number];

/** What does not tie, with the evidence: expected and found amounts in cents, or the other party. */
export interface Discrepancy {
  readonly code: DiscrepancyCode;
  readonly expectedCents?: Cents;
  readonly foundCents?: Cents;
  /** Other ids that prove it: IURs, flow ids, IUDs, versions. */
  readonly others?: readonly string[];
}

/** The whole set of a transfer's discrepancies, each time it changes. */
export type DiscrepanciesChanged = DomainEvent<
  'DiscrepanciesChanged',
  { readonly iur: string; readonly index: number; readonly discrepancies: readonly Discrepancy[]; readonly ruleSet: string }
>;

export type PaymentFact = ReceiptReceived | ReceiptConflicted | PaymentNotified;
export type PaymentVoid = ReceiptVoided | NoticeVoided;
export type PaymentConclusion =
  TransferReported | TransferReportWithdrawn | TransferCredited | TransferCreditWithdrawn | DiscrepanciesChanged;
export type PaymentEvent = PaymentFact | PaymentVoid | PaymentConclusion;
