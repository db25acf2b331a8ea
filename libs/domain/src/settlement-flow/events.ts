import type { Cents, DomainEvent, LocalDate, OrgId } from '@quadra/kernel';
import { encodeId } from '@quadra/kernel';

/**
 * One settlement flow (*flusso di rendicontazione*, FdR) of one organization, all its versions. The sender is an
 * attribute, because XML and REST name it differently; ids compare without regard to case.
 */
export const settlementFlowStream = (org: OrgId, iuf: string): string => `settlementFlow-${org}_${encodeId(flowKey(iuf))}`;

/** How a flow id compares: banks and PSPs change the case on the way. */
export const flowKey = (iuf: string): string => iuf.toUpperCase();

/** Orders the versions of a flow by text comparison: flow date-time, then revision, then content hash. Never by arrival. */
export const versionKey = (v: { flowDateTime: string; revision: number; contentHash: string }): string =>
  `${v.flowDateTime}|${String(v.revision).padStart(6, '0')}|${v.contentHash}`;

export interface FlowHeader {
  readonly iuf: string;
  /** Wall clock in Rome or with its zone, normalized to `YYYY-MM-DDTHH:MM:SS`. */
  readonly flowDateTime: string;
  /** REST revision; 1 where the format has none. */
  readonly revision: number;
  /** SHA-256 (first 32 hex digits) over header and lines in canonical form: equal for the XML and REST form of one flow. */
  readonly contentHash: string;
  readonly senderType: string;
  readonly senderCode: string;
  readonly senderName?: string;
  readonly bic?: string;
  /** `identificativoUnivocoRegolamento` (TRN). */
  readonly trn: string;
  readonly regulationOn: LocalDate;
  readonly declaredCount: number;
  /** `importoTotalePagamenti`: what the bank transfer must bring. */
  readonly declaredCents: Cents;
}

/** [IUV, IUR, transfer index, cents (never negative), outcome code, date of the outcome]. A tuple: flows are long. */
export type FlowLine = readonly [iuv: string, iur: string, index: number, cents: Cents, outcome: string, paidOn: LocalDate];

export type SettlementFlowReported = DomainEvent<'SettlementFlowReported', FlowHeader & { readonly version: string }>;
export type SettlementLinesReported = DomainEvent<
  'SettlementLinesReported',
  { readonly version: string; /** Index of the first line in the version. */ readonly from: number; readonly lines: readonly FlowLine[] }
>;
/** The version is whole: only now does it count. Found figures, beside what the header declares. */
export type SettlementFlowCompleted = DomainEvent<
  'SettlementFlowCompleted',
  {
    readonly version: string;
    readonly count: number;
    /** Sum of the lines, all positive. */
    readonly linesCents: Cents;
    /** Of these, lines with outcome 3 (revoked). */
    readonly revokedCents: Cents;
  }
>;
/** The version no longer counts: its file was taken back. Reported anew it begins again, with all its lines. */
export type SettlementFlowVoided = DomainEvent<'SettlementFlowVoided', { readonly version: string; readonly reason: string }>;

export type SettlementFlowEvent = SettlementFlowReported | SettlementLinesReported | SettlementFlowCompleted | SettlementFlowVoided;

export const MAX_LINES_PER_EVENT = 500;
