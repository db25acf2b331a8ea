import type { FlowAnomaly, PaymentAnomaly, Planter } from './anomalies';
import { bankDayAfter, operatingDays } from './calendar';
import type { Document } from './documents';
import { flowDocuments, journalDocuments, journalVersion, noticeDocuments, receiptDocuments } from './documents';
import type { FlowContext } from './flows';
import { flowsOfDay } from './flows';
import type { Credit, Flow, Organization } from './model';
import type { PaymentContext, Share } from './payment-parts';
import { createPayment } from './payments';
import type { Rng } from './rng';
import { createTreasury, journalDays, truthCreditRows } from './treasury';
import type { TruthRow } from './truth';
import { compareRows, truthFlowRow, truthRow } from './truth';

/** Shares of notices that others issued, by operating day: what a secondary beneficiary gets without doing anything. */
export type ForeignShares = Map<number, Share[]>;

export interface MonthContext {
  readonly organization: Organization;
  readonly month: string;
  readonly payments: number;
  readonly secondary?: Organization;
  readonly mayShareIuv: boolean;
  readonly paymentPlanter: Planter<PaymentAnomaly>;
  readonly flowPlanter: Planter<FlowAnomaly>;
  readonly knownIds: Map<string, string>;
  readonly rng: Rng;
  /** What this body gets from others, complete before it begins. */
  readonly incoming: ForeignShares;
  /** Takes what this body's payments bring to another one. */
  give(beneficiary: Organization, day: number, share: Share): void;
  readonly count: MonthCounts;
}

export interface MonthCounts {
  receipts: number;
  lines: number;
  notices: number;
  flows: number;
  credits: number;
  transfers: number;
  readonly states: Record<string, number>;
  readonly discrepancies: Record<string, number>;
}

export type MonthPart =
  | { readonly kind: 'document'; readonly document: Document }
  | { readonly kind: 'truth' | 'truth-flows' | 'truth-credits'; readonly text: string };

const EMPTY: readonly Share[] = [];

/** Rows that are not in the order of the body's own IUVs: they are few, sorted, and put before or after the own ones. */
const strayText = (rows: TruthRow[]): string => rows.sort(compareRows).map((row) => row.text).join('');

/** Everything of one body's month, day by day, so that only one day is in memory; the truth comes in its order. */
export function* organizationMonth(context: MonthContext): Generator<MonthPart> {
  const { organization: org, count } = context;
  const days = operatingDays(context.month);
  const credits: Credit[] = [];
  const flowRows: { iuf: string; text: string }[] = [];
  const before: TruthRow[] = [];
  const after: TruthRow[] = [];
  const payment = paymentContext(context);
  const flow = flowContext(context, credits);
  const minutes = days.reduce((sum, day) => sum + day.to - day.from, 0);
  const later: TruthRow[][] = [];
  let elapsed = 0;
  let made = 0;
  let ownStarted = false;

  const row = (t: Share['transfers'][number]): TruthRow => {
    const found = truthRow(org, t);
    count.transfers++;
    count.states[found.state] = (count.states[found.state] ?? 0) + 1;
    for (const code of found.discrepancies) count.discrepancies[code] = (count.discrepancies[code] ?? 0) + 1;
    return found;
  };
  void later;
  void ownStarted;

  for (const day of days) {
    elapsed += day.to - day.from;
    const until = Math.round((context.payments * elapsed) / minutes);
    const own: Share[] = [];
    for (; made < until; made++) {
      const one = createPayment(payment, day);
      own.push(one.own);
      if (one.foreign) context.give(one.foreign.beneficiary, day.day, one.foreign.share);
    }
    const foreign = context.incoming.get(day.day) ?? EMPTY;
    const shares = [...own, ...foreign];
    const flows = flowsOfDay(flow, day.day, shares.flatMap((share) => share.lines));
    const receipts = shares.flatMap((share) => share.receipts);
    const notices = shares.flatMap((share) => share.notices);
    count.receipts += receipts.length;
    count.notices += notices.length;
    count.flows += flows.length;
    count.lines += flows.reduce((sum, f) => sum + f.versions[0]!.lines.length, 0);
    for (const document of receiptDocuments(org, day.day, receipts)) yield { kind: 'document', document };
    for (const document of noticeDocuments(day.day, notices)) yield { kind: 'document', document };
    for (const document of flowDocuments(org, day.day, flows)) yield { kind: 'document', document };
    for (const f of flows) flowRows.push({ iuf: f.iuf, text: truthFlowRow(org, f) });
    void before;
    void after;
    void row;
  }
  yield* money(context, days[days.length - 1]!.day, credits);
  void strayText;
}

const paymentContext = (context: MonthContext): PaymentContext => {
  let sequence = 0;
  let shared = 0;
  return {
    organization: context.organization,
    ...(context.secondary ? { secondary: context.secondary } : {}),
    mayShareIuv: context.mayShareIuv,
    planter: context.paymentPlanter,
    rng: context.rng,
    nextSequence: () => ++sequence,
    nextShared: () => ++shared,
  };
};

const flowContext = (context: MonthContext, credits: Credit[]): FlowContext => {
  let progressive = 0;
  return {
    organization: context.organization,
    planter: context.flowPlanter,
    rng: context.rng,
    knownIds: context.knownIds,
    nextProgressive: () => ++progressive,
    credit: (credit) => void credits.push(credit),
  };
};

function* money(context: MonthContext, lastOperatingDay: number, credits: readonly Credit[]): Generator<MonthPart> {
  void [context, lastOperatingDay, credits, bankDayAfter, journalVersion, createTreasury, journalDays, truthCreditRows, journalDocuments];
}
