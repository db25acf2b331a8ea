import type { Instant } from '@quadra/kernel';
import { toOrg } from '@quadra/kernel';
import type { EventStore, StoredEvent } from '@quadra/event-store';
import type { PaymentEvent, PaymentLife, TransferView } from '@quadra/domain';
import {
  UNBORN,
  evolvePayment,
  flowKey,
  storedLife,
  highestVersion,
  paymentStream,
  shownIur,
  standingVersions,
  transfersOf,
} from '@quadra/domain';
import type { Language } from '@quadra/matching';
import { explain } from '@quadra/matching';
import { judgementsUpTo, moneyAsOf } from '../as-of/money';
import type { CreditDoc } from '../credits/projection';
import { CREDITS } from '../credits/projection';
import { netCents, regularizedCents } from '@quadra/domain';
import type { FlowDoc } from '../flows/projection';
import { FLOWS } from '../flows/projection';
import { query } from '../model';
import type { Source } from './source';
import { laneKeyOf, transferLabels } from '../payments/rows';
import { readLane } from './lanes';
import type { ReadingContext } from './payments';
import { shownLabels } from './payments';

export interface PaymentDetail {
  readonly iuv: string;
  readonly asOf?: Instant;
  readonly transfers: readonly TransferDetail[];
}

export type TransferDetail = Readonly<Record<string, unknown>> & { readonly issuer: string | null };

/** Several issuers have a payment under this IUV here: say which. */
export class AmbiguousIssuer extends Error {
  constructor(readonly issuers: readonly string[]) {
    super(`payments of ${issuers.length} issuers stand under this IUV: ${issuers.join(', ')}`);
  }
}

const fold = (events: readonly StoredEvent[], upTo: bigint): PaymentLife => {
  let life = UNBORN;
  for (const e of events) {
    if (e.position > upTo) break;
    life = evolvePayment(life, e as unknown as PaymentEvent);
  }
  return life;
};

interface Money {
  readonly flows: ReadonlyMap<string, FlowDoc>;
  readonly credits: ReadonlyMap<string, CreditDoc>;
}

const idsIn = (views: readonly TransferView[]): { flows: string[]; credits: string[] } => ({
  flows: [...new Set(views.flatMap((t) => t.lines.map((l) => flowKey(l.iuf))))],
  credits: [...new Set(views.flatMap((t) => t.credited?.credits ?? []))],
});

const loadMoney = async (source: Source, org: string, views: readonly TransferView[]): Promise<Money> => {
  const { flows, credits } = idsIn(views);
  const flowRows = await query<{ flow_key: string; doc: string }>(
    source.client,
    `select flow_key, doc from ${source.schema}.flow where org = $1 and flow_key = any($2)`,
    [org, flows],
  );
  const creditRows = await query<{ credit_id: string; doc: string }>(
    source.client,
    `select credit_id, doc from ${source.schema}.credit where org = $1 and credit_id = any($2)`,
    [org, credits],
  );
  return {
    flows: new Map(flowRows.map((r) => [r.flow_key, JSON.parse(r.doc)])),
    credits: new Map(creditRows.map((r) => [r.credit_id, JSON.parse(r.doc)])),
  };
};

const pastMoney = async (store: EventStore, org: string, views: readonly TransferView[], position: bigint): Promise<Money> => {
  const { flows, credits } = idsIn(views);
  const judgements = await judgementsUpTo(store, toOrg(org), position);
  const flowsThen = await moneyAsOf(FLOWS, store, toOrg(org), flows, position, judgements);
  const creditsThen = await moneyAsOf(CREDITS, store, toOrg(org), credits, position, judgements);
  return {
    flows: new Map([...flowsThen].map(([key, { doc }]) => [key, doc])),
    credits: new Map([...creditsThen].map(([id, { doc }]) => [id, doc])),
  };
};

const flowOf = (t: TransferView, money: Money): object | undefined => {
  if (!t.line) return undefined;
  const doc = money.flows.get(flowKey(t.line.iuf));
  const highest = doc && highestVersion(doc.life);
  return {
    iuf: t.line.iuf,
    psp: t.line.psp,
    ...(t.line.pspName !== undefined && { pspName: t.line.pspName }),
    version: doc ? standingVersions(doc.life).length : 1,
    fundedCents: doc?.funding?.allocatedCents ?? 0,
    totalCents: highest?.header.declaredCents ?? t.credited?.flowCents ?? 0,
  };
};

/** The share of the transfer that collection orders cover: they cover credits, so it is the credits' share. */
const regularizedShare = (t: TransferView, money: Money): number => {
  const credits = (t.credited?.credits ?? []).flatMap((id) => money.credits.get(id) ?? []);
  const net = credits.reduce((sum, c) => sum + netCents(c.life), 0);
  const regularized = credits.reduce((sum, c) => sum + regularizedCents(c.life), 0);
  if (net === 0 || regularized === 0) return 0;
  return regularized >= net ? t.amountCents : Math.floor((t.amountCents * regularized) / net);
};

const detail = (org: string, iuv: string, t: TransferView, money: Money, context: ReadingContext, lang: Language): TransferDetail => {
  const laneKey = laneKeyOf(t, context.calendar);
  const { lane, late } = readLane(laneKey, context.coverage, context.today);
  const flow = flowOf(t, money);
  const discrepancies = t.discrepancies.map((d) => d.code as string);
  return {
    organization: org,
    iuv,
    issuer: t.issuer ?? null,
    iur: shownIur(t.key) ?? null,
    transferIndex: t.key.index,
    state: t.state,
    lane,
    discrepancies: [...discrepancies, ...late].sort(),
    discrepancyDetails: t.discrepancies,
    labels: shownLabels(transferLabels(t), context.usesNotifications),
    amountCents: t.amountCents,
    ...(t.line && { reportedCents: t.line.amountCents, outcome: t.line.outcome }),
    ...(t.notice && { notifiedCents: t.notice.amountCents, iud: t.notice.iud }),
    paidOn: t.enteredOn,
    dueOn: laneKey.split('|')[2],
    calendar: context.calendar,
    regularizedCents: regularizedShare(t, money),
    ...(t.excluded && { excludedBecause: t.excluded }),
    ...(flow && { flow }),
    ...(t.credited && { credits: t.credited.credits, creditedOn: t.credited.creditedOn }),
    ...(t.receipt && {
      receipt: {
        receiptId: t.receipt.receiptId,
        outcome: t.receipt.outcome,
        totalCents: t.receipt.totalCents,
        othersCents: t.receipt.othersCents,
        paidOn: t.receipt.paidOn,
        ...(t.receipt.paidAt !== undefined && { paidAt: t.receipt.paidAt }),
        psp: t.receipt.psp,
        ...(t.receipt.pspName !== undefined && { pspName: t.receipt.pspName }),
        ...(t.receipt.noticeNumber !== undefined && { noticeNumber: t.receipt.noticeNumber }),
        ...(t.share?.category !== undefined && { category: t.share.category }),
        ...(t.share?.iban !== undefined && { iban: t.share.iban }),
      },
    }),
    explanation: explain(t, lang),
  };
};

export interface PaymentOptions {
  readonly issuer?: string;
  readonly asOf?: Date;
  readonly lang?: Language;
}

/** `position`: of the past that `asOf` means. */
type ResolvedOptions = PaymentOptions & { readonly position?: bigint };

/**
 * A payment with all its transfers; `asOf` tells what the engine knew then. @returns undefined when nothing is known.
 * @throws AmbiguousIssuer when several issuers share the IUV and none was named.
 */
export const readPayment = async (
  source: Source,
  store: EventStore,
  org: string,
  iuv: string,
  options: ResolvedOptions,
  context: ReadingContext,
): Promise<PaymentDetail | undefined> => {
  const { position } = options;
  const life = position === undefined ? await loadLife(source, org, iuv) : fold(await store.read(paymentStream(toOrg(org), iuv)), position);
  if (!life || life.revision < 0) return undefined;
  const views = transfersOf(life);
  const issuers = [...new Set(views.flatMap((t) => t.issuer ?? []))].sort();
  if (options.issuer === undefined && issuers.length > 1) throw new AmbiguousIssuer(issuers);
  const money = position === undefined ? await loadMoney(source, org, views) : await pastMoney(store, org, views, position);
  const transfers = views
    .map((t) => detail(org, iuv, t, money, context, options.lang ?? 'en'))
    .filter((t) => options.issuer === undefined || t.issuer === options.issuer || t.issuer === null);
  if (transfers.length === 0) return undefined;
  return { iuv, ...(options.asOf && { asOf: options.asOf.toISOString() }), transfers };
};

const loadLife = async (source: Source, org: string, iuv: string): Promise<PaymentLife | undefined> => {
  const [row] = await query<{ life: string }>(source.client, `select life from ${source.schema}.payment where org = $1 and iuv = $2`, [
    org,
    iuv,
  ]);
  return row && storedLife(JSON.parse(row.life) as PaymentLife);
};

export interface HistoryEntry {
  readonly position: string;
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly recordedAt: string;
  readonly effectiveOn: string | null;
  readonly actor: string;
  readonly source: { readonly fileId: string; readonly line?: number } | null;
  readonly data: unknown;
}

const effectiveOn = (data: Record<string, unknown>): string | null =>
  ((data.paidOn ?? data.executedOn ?? data.creditedOn ?? data.bookedOn ?? data.on) as string | undefined) ?? null;

/** The life of a payment, event by event, as it was recorded. */
export const readHistory = async (store: EventStore, org: string, iuv: string): Promise<HistoryEntry[]> =>
  (await store.read(paymentStream(toOrg(org), iuv))).map((e) => ({
    position: String(e.position),
    stream: e.stream,
    revision: e.revision,
    type: e.type,
    recordedAt: e.meta.recordedAt,
    effectiveOn: effectiveOn(e.data as Record<string, unknown>),
    actor: e.meta.actor,
    source: e.meta.source ?? null,
    data: e.data,
  }));
