import type { Cents, LocalDate } from '@quadra/kernel';
import type {
  Discrepancy,
  NoticeContent,
  PairedBy,
  PaymentEvent,
  ReceiptContent,
  ReceiptVoided,
  ReportedLine,
  TransferCredited,
  TransferKey,
} from './events';
import { receiptFingerprint, noticeFingerprint } from './content';

/** A line as the engine last attached it. `withdrawn`: it no longer stands in its flow. */
export interface RecordedReport extends ReportedLine {
  readonly iur: string;
  readonly index: number;
  readonly pairedBy: PairedBy;
  readonly withdrawn: boolean;
}

/** The money of a flow, as it reached one of its transfers. */
export interface RecordedCredit {
  readonly iuf: string;
  readonly creditedOn: LocalDate;
  readonly flowCents: Cents;
  readonly allocatedCents: Cents;
  readonly credits: readonly string[];
}

type Pairing = Pick<RecordedReport, 'iur' | 'index' | 'pairedBy'>;

/** What its maker may still complete. */
export type Unfinished<T> = { -readonly [K in keyof T]: T[K] };

/**
 * A copy of what a line itself says. Written out field by field, and completed in place by its callers: these are made by the
 * million, and a spread of an object costs ten times as much.
 */
export const copyOfLine = (line: ReportedLine): Unfinished<ReportedLine> => {
  const copy: Unfinished<ReportedLine> = {
    iuf: line.iuf,
    version: line.version,
    lineIur: line.lineIur,
    lineIndex: line.lineIndex,
    ordinal: line.ordinal,
    amountCents: line.amountCents,
    outcome: line.outcome,
    paidOn: line.paidOn,
    psp: line.psp,
    regulationOn: line.regulationOn,
  };
  if (line.pspName !== undefined) copy.pspName = line.pspName;
  return copy;
};

/** A line as it is attached to a transfer. */
export const recordedReport = (line: ReportedLine, { iur, index, pairedBy }: Pairing, withdrawn: boolean): RecordedReport => {
  const report = copyOfLine(line) as Unfinished<RecordedReport>;
  report.iur = iur;
  report.index = index;
  report.pairedBy = pairedBy;
  report.withdrawn = withdrawn;
  return report;
};

/** Everything a payment stream says, folded: plain JSON, so that it can be kept beside a checkpoint. */
export interface PaymentLife {
  /** Revision of the last event folded in, -1 for none. */
  readonly revision: number;
  /** Every content received and not taken back; several of one receipt id are a conflict. */
  readonly receipts: readonly ReceiptContent[];
  readonly notices: readonly NoticeContent[];
  /** One for each line ever attached, those of voided flows left out. */
  readonly reports: readonly RecordedReport[];
  /** At most one for each transfer. */
  readonly credited: readonly TransferCredit[];
  /** Of transfers that have any. */
  readonly discrepancies: readonly TransferDiscrepancies[];
}

export type TransferCredit = TransferKey & RecordedCredit;
export type TransferDiscrepancies = TransferKey & { readonly found: readonly Discrepancy[] };

export const UNBORN: PaymentLife = { revision: -1, receipts: [], notices: [], reports: [], credited: [], discrepancies: [] };

export const transferKeyText = (key: TransferKey): string => `${key.index}|${key.iur}`;

/** How builds of version 0.1 before the lists kept a life: by line key, and by `index|iur`. */
interface LifeByKeys extends Pick<PaymentLife, 'revision' | 'receipts' | 'notices'> {
  readonly reports: Readonly<Record<string, RecordedReport>>;
  readonly credited: Readonly<Record<string, RecordedCredit>>;
  readonly discrepancies: Readonly<Record<string, readonly Discrepancy[]>>;
}

const keyIn = (text: string): TransferKey => {
  const bar = text.indexOf('|');
  return { iur: text.slice(bar + 1), index: Number(text.slice(0, bar)) };
};

/** A life that was kept beside a checkpoint, by this build or by an earlier one. */
export const storedLife = (stored: PaymentLife | LifeByKeys): PaymentLife => {
  if (Array.isArray(stored.reports)) return stored as PaymentLife;
  const { reports, credited, discrepancies, ...rest } = stored as LifeByKeys;
  return {
    ...rest,
    reports: Object.values(reports),
    credited: Object.entries(credited).map(([key, credit]) => ({ ...keyIn(key), ...credit })),
    discrepancies: Object.entries(discrepancies).map(([key, found]) => ({ ...keyIn(key), found })),
  };
};

type LineIdentity = Pick<ReportedLine, 'iuf' | 'lineIur' | 'lineIndex' | 'ordinal'>;
export const lineKey = (line: LineIdentity): string => `${line.iuf.toUpperCase()}|${line.lineIur}|${line.lineIndex}|${line.ordinal}`;

const isTransfer = (a: TransferKey, b: TransferKey): boolean => a.iur === b.iur && a.index === b.index;

const isLine = (a: LineIdentity, b: LineIdentity): boolean =>
  a.lineIur === b.lineIur &&
  a.lineIndex === b.lineIndex &&
  a.ordinal === b.ordinal &&
  (a.iuf === b.iuf || a.iuf.toUpperCase() === b.iuf.toUpperCase());

/* What a life says of one line or transfer. Lists, since nearly every payment has one of each: a record by key costs more. */
export const reportOf = ({ reports }: Pick<PaymentLife, 'reports'>, line: LineIdentity): RecordedReport | undefined =>
  reports.find((r) => isLine(r, line));
export const creditOf = ({ credited }: Pick<PaymentLife, 'credited'>, key: TransferKey): TransferCredit | undefined =>
  credited.find((c) => isTransfer(c, key));
export const foundAt = ({ discrepancies }: Pick<PaymentLife, 'discrepancies'>, key: TransferKey): readonly Discrepancy[] | undefined =>
  discrepancies.find((d) => isTransfer(d, key))?.found;

/** The list with one element replaced where it stands, added at the end, or taken out when there is no new one. */
const withElement = <T>(list: readonly T[], isSame: (element: T) => boolean, element: T | undefined): readonly T[] => {
  const at = list.length === 0 ? -1 : list.findIndex(isSame);
  if (at < 0) return element === undefined ? list : [...list, element];
  return [...list.slice(0, at), ...(element === undefined ? [] : [element]), ...list.slice(at + 1)];
};

const withoutFirst = <T>(list: readonly T[], isSame: (element: T) => boolean): readonly T[] => withElement(list, isSame, undefined);

const isReceipt = (r: ReceiptContent, voided: ReceiptVoided['data']): boolean =>
  r.receiptId === voided.receiptId && r.paidAt === voided.paidAt && r.iud === voided.iud && receiptFingerprint(r) === voided.fingerprint;

const transferCredit = ({ iur, index, iuf, creditedOn, flowCents, allocatedCents, credits }: TransferCredited['data']): TransferCredit => ({
  iur,
  index,
  iuf,
  creditedOn,
  flowCents,
  allocatedCents,
  credits,
});

type Change = Partial<Omit<PaymentLife, 'revision'>>;

/** Written out: a spread of a spread costs more than all the rest of a fold. */
const changed = (life: PaymentLife, change: Change): PaymentLife => ({
  revision: life.revision + 1,
  receipts: change.receipts ?? life.receipts,
  notices: change.notices ?? life.notices,
  reports: change.reports ?? life.reports,
  credited: change.credited ?? life.credited,
  discrepancies: change.discrepancies ?? life.discrepancies,
});

const reportsWith = (life: PaymentLife, line: LineIdentity, report: RecordedReport | undefined): readonly RecordedReport[] =>
  withElement(life.reports, (r) => isLine(r, line), report);

const changeOf = (life: PaymentLife, event: PaymentEvent): Change => {
  switch (event.type) {
    case 'ReceiptReceived':
    case 'ReceiptConflicted':
      return { receipts: [...life.receipts, event.data] };
    case 'PaymentNotified':
      return { notices: [...life.notices, event.data] };
    case 'ReceiptVoided':
      return { receipts: withoutFirst(life.receipts, (r) => isReceipt(r, event.data)) };
    case 'NoticeVoided':
      return { notices: withoutFirst(life.notices, (n) => noticeFingerprint(n) === event.data.fingerprint) };
    case 'TransferReported':
      return { reports: reportsWith(life, event.data, recordedReport(event.data, event.data, false)) };
    case 'TransferReportWithdrawn': {
      if (event.data.because === 'flow-voided') return { reports: reportsWith(life, event.data, undefined) };
      const report = reportOf(life, event.data);
      return report ? { reports: reportsWith(life, report, { ...report, withdrawn: true }) } : {};
    }
    case 'TransferCredited':
      return { credited: withElement(life.credited, (c) => isTransfer(c, event.data), transferCredit(event.data)) };
    case 'TransferCreditWithdrawn':
      return { credited: withElement(life.credited, (c) => isTransfer(c, event.data), undefined) };
    case 'DiscrepanciesChanged': {
      const { iur, index, discrepancies: found } = event.data;
      const now = found.length > 0 ? { iur, index, found } : undefined;
      return { discrepancies: withElement(life.discrepancies, (d) => isTransfer(d, event.data), now) };
    }
    default:
      return {};
  }
};

/** Folds one event. Total: an event of a newer version changes nothing but the revision. */
export const evolvePayment = (life: PaymentLife, event: PaymentEvent): PaymentLife => changed(life, changeOf(life, event));

const smallest = (texts: readonly (string | undefined)[]): string | undefined => texts.filter((t) => t !== undefined).sort()[0];

/** One receipt that came in several formats: the one that says most, and what only another one says. */
const merged = (contents: readonly ReceiptContent[]): ReceiptContent => {
  if (contents.length === 1) return contents[0]!;
  const [base] = contents
    .map((content) => ({ content, text: JSON.stringify(content) }))
    .sort((a, b) => b.text.length - a.text.length || (a.text < b.text ? -1 : 1));
  const paidAt = smallest(contents.map((c) => c.paidAt));
  const iud = smallest(contents.map((c) => c.iud));
  return { ...base!.content, ...(paidAt !== undefined && { paidAt }), ...(iud !== undefined && { iud }) };
};

/**
 * The receipts that count. Contents of one receipt id that agree are one receipt; of those that differ the smaller
 * fingerprint counts: an order over content, never over arrival.
 */
export const countingReceipts = (life: Pick<PaymentLife, 'receipts'>): { receipt: ReceiptContent; rivals: number }[] => {
  if (life.receipts.length === 1) return [{ receipt: life.receipts[0]!, rivals: 0 }];
  const byId = new Map<string, Map<string, ReceiptContent[]>>();
  for (const receipt of life.receipts) {
    const contents = byId.get(receipt.receiptId) ?? new Map<string, ReceiptContent[]>();
    byId.set(receipt.receiptId, contents);
    const fingerprint = receiptFingerprint(receipt);
    contents.set(fingerprint, [...(contents.get(fingerprint) ?? []), receipt]);
  }
  return [...byId.keys()].sort().map((id) => {
    const contents = byId.get(id)!;
    const first = [...contents.keys()].sort()[0]!;
    return { receipt: merged(contents.get(first)!), rivals: contents.size - 1 };
  });
};

/** Of the declarations under one IUD the latest execution date counts, then the larger fingerprint. */
export const countingNotices = (life: Pick<PaymentLife, 'notices'>): NoticeContent[] => {
  if (life.notices.length <= 1) return [...life.notices];
  const rank = (n: NoticeContent) => `${n.executedOn}|${noticeFingerprint(n)}`;
  const byIud = new Map<string, NoticeContent>();
  for (const notice of life.notices) {
    const known = byIud.get(notice.iud);
    if (!known || rank(known) < rank(notice)) byIud.set(notice.iud, notice);
  }
  return [...byIud.keys()].sort().map((iud) => byIud.get(iud)!);
};
