import type { FlowAnomaly, PaymentAnomaly, Planter } from './anomalies';
import type { OperatingDay } from './calendar';
import { bankDayAfter, operatingDays } from './calendar';
import type { Document } from './documents';
import { FileNumbers, flowDocuments, journalDocuments, journalVersion, noticeDocuments, receiptDocuments } from './documents';
import type { FlowContext } from './flow-context';
import { flowsOfDay } from './flows';
import type { Credit, Organization } from './model';
import type { PaymentContext, Share } from './payment-parts';
import { createPayment } from './payments';
import type { Rng } from './rng';
import { createTreasury, journalDays, truthCreditRows } from './treasury';
import type { TruthRow } from './truth';
import { compareRows, truthFlowRow, truthRow } from './truth';

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
  /** What this body gets of notices that others issued, by operating day; complete before it begins. */
  readonly incoming: ReadonlyMap<number, readonly Share[]>;
  /** Takes what this body's payments bring to another one. */
  give(beneficiary: Organization, day: number, share: Share): void;
  readonly count: MonthCounts;
}

export interface MonthCounts {
  receipts: number;
  notices: number;
  lines: number;
  flows: number;
  credits: number;
  transfers: number;
  /** Transfers by state and by discrepancy. */
  readonly states: Record<string, number>;
  readonly discrepancies: Record<string, number>;
}

export type MonthPart =
  | { readonly kind: 'document'; readonly document: Document }
  | { readonly kind: 'truth' | 'truth-flows' | 'truth-credits'; readonly text: string };

/**
 * So many payments are made, reported and written at a time: only these are in memory. On a larger day a PSP sends several
 * flows, as bodies with much traffic get them.
 */
const WAVE = 8_000;

/** A month of one body, operating day by operating day, wave by wave. */
export function* organizationMonth(context: MonthContext): Generator<MonthPart> {
  const { organization: org, count } = context;
  const days = operatingDays(context.month);
  const credits: Credit[] = [];
  const flowRows: { readonly iuf: string; readonly text: string }[] = [];
  /** Rows under IUVs of others or of the shared series: few, and all sort after the body's own. */
  const strays: TruthRow[] = [];
  const flowContext = createFlowContext(context, credits);
  const numbers = new FileNumbers();
  for (const { day, shares } of waves(context, days)) {
    const flows = flowsOfDay(
      flowContext,
      day,
      shares.flatMap((share) => share.lines),
    );
    const receipts = shares.flatMap((share) => share.receipts);
    const notices = shares.flatMap((share) => share.notices);
    const written = [
      receiptDocuments(org, day, receipts, numbers),
      noticeDocuments(day, notices, numbers),
      flowDocuments(org, day, flows, numbers),
    ];
    for (const documents of written) {
      for (const document of documents) yield { kind: 'document', document };
    }
    count.receipts += receipts.length;
    count.notices += notices.length;
    count.flows += flows.length;
    for (const flow of flows) {
      count.lines += flow.versions[0]!.lines.length;
      flowRows.push({ iuf: flow.iuf, text: truthFlowRow(org, flow) });
    }
    const rows = shares.flatMap((share) => share.transfers.map((transfer) => countRow(count, truthRow(org, transfer))).sort(compareRows));
    strays.push(...rows.filter((row) => !row.iuv.startsWith(org.series)));
    yield { kind: 'truth', text: textOf(rows.filter((row) => row.iuv.startsWith(org.series))) };
  }
  yield { kind: 'truth', text: textOf(strays.sort(compareRows)) };
  yield { kind: 'truth-flows', text: textOf(flowRows.sort((a, b) => (a.iuf < b.iuf ? -1 : 1))) };
  yield* money(context, days, credits);
}

const textOf = (rows: readonly { readonly text: string }[]): string => rows.map((row) => row.text).join('');

const countRow = (count: MonthCounts, row: TruthRow): TruthRow => {
  count.transfers++;
  count.states[row.state] = (count.states[row.state] ?? 0) + 1;
  for (const code of row.discrepancies) count.discrepancies[code] = (count.discrepancies[code] ?? 0) + 1;
  return row;
};

/** The payments of each operating day, in proportion to its length, and what comes in from others, in waves. */
function* waves(context: MonthContext, days: readonly OperatingDay[]): Generator<{ day: number; shares: readonly Share[] }> {
  const payment = createPaymentContext(context);
  const minutes = days.reduce((sum, day) => sum + day.to - day.from, 0);
  let elapsed = 0;
  let made = 0;
  for (const day of days) {
    elapsed += day.to - day.from;
    const until = Math.round((context.payments * elapsed) / minutes);
    const incoming = context.incoming.get(day.day) ?? [];
    for (let given = 0; made < until || given < incoming.length;) {
      const shares: Share[] = [];
      for (const end = Math.min(until, made + WAVE); made < end; made++) {
        const { own, foreign } = createPayment(payment, day);
        shares.push(own);
        if (foreign) context.give(foreign.beneficiary, day.day, foreign.share);
      }
      yield { day: day.day, shares: [...shares, ...incoming.slice(given, (given += WAVE))] };
    }
  }
}

/** Journals of the month and the credits' truth. */
function* money(context: MonthContext, days: readonly OperatingDay[], planned: readonly Credit[]): Generator<MonthPart> {
  const { organization: org } = context;
  const banking = journalDays(days[0]!.day, days[days.length - 1]!.day);
  // Version 1.4 names one provisional credit a row; an order may be undone the day after, in another version.
  const perOrder = (on: number): number => ([on, bankDayAfter(on)].some((day) => journalVersion(org, day) === '1.4') ? 1 : 4);
  const treasury = createTreasury(planned, banking, context.rng, perOrder);
  context.count.credits += treasury.credits.length;
  for (const document of journalDocuments(org, banking, treasury)) yield { kind: 'document', document };
  yield { kind: 'truth-credits', text: truthCreditRows(org, treasury.credits).join('') };
}

const createPaymentContext = (context: MonthContext): PaymentContext => {
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

const createFlowContext = (context: MonthContext, credits: Credit[]): FlowContext => {
  let progressive = 0;
  return {
    organization: context.organization,
    planter: context.flowPlanter,
    rng: context.rng,
    knownIds: context.knownIds,
    ownIds: new Set(),
    nextProgressive: () => ++progressive,
    credit: (credit) => void credits.push(credit),
  };
};
