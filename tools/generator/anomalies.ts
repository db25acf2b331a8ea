import type { Rng } from './rng';

/**
 * What the generator plants and how often, as a share of all payments (0.004 is 4 in 1,000). One payment carries at most
 * one; what needs a body of a kind waits until such a body comes. tools/generator/README.md says what each of them is.
 */
export const PAYMENT_ANOMALIES = {
  receiptMissing: 0.004,
  lineMissing: 0.004,
  lineAmountDiffers: 0.003,
  iurDiffers: 0.003,
  duplicatePayment: 0.003,
  reportedTwiceInTwoFlows: 0.002,
  reportedTwiceInOneFlow: 0.001,
  outcome3WithReceipt: 0.002,
  outcome3WithoutReceipt: 0.001,
  outcome4WithReceipt: 0.004,
  outcome4WithoutReceipt: 0.002,
  outcome8WithReceipt: 0.002,
  outcome8WithoutReceipt: 0.002,
  outcome9WithReceipt: 0.002,
  outcome9WithoutReceipt: 0.003,
  awaitedReceiptUnfunded: 0.002,
  unknownOutcome: 0.001,
  stampDuty: 0.004,
  receiptKo: 0.003,
  receiptConflictHigher: 0.001,
  receiptConflictLower: 0.001,
  noticeAmountDiffers: 0.006,
  noticeWithoutReceipt: 0.006,
  receiptWithoutNotice: 0.012,
  secondaryShare: 0.04,
  secondaryShareSameIuv: 0.012,
} as const;

/** As a share of all settlement flows. One flow carries at most one. */
export const FLOW_ANOMALIES = {
  unfunded: 0.006,
  fundedTwice: 0.004,
  creditTooLarge: 0.003,
  splitCredit: 0.006,
  jointCredit: 0.005,
  short: 0.005,
  textWrapInDate: 0.004,
  textWrapInDay: 0.003,
  textWrapInPsp: 0.004,
  textWrapInKeyword: 0.003,
  textDots: 0.003,
  textBlanks: 0.004,
  textLowerCase: 0.004,
  textNoPrefix: 0.003,
  textBlankInPrefix: 0.003,
  textBankWords: 0.004,
  textCut: 0.004,
  rowDroppedBeforeFunding: 0.004,
  rowDroppedAfterFunding: 0.003,
  revisionWithoutChange: 0.006,
  reversedForGood: 0.003,
  reversedAndCreditedAgain: 0.004,
  reversedInPart: 0.003,
  totalOffByOneCent: 0.003,
  sameIdAsOtherBody: 0.004,
  lowerCaseId: 0.006,
} as const;

export type PaymentAnomaly = keyof typeof PAYMENT_ANOMALIES;
export type FlowAnomaly = keyof typeof FLOW_ANOMALIES;

/** Decides which anomaly comes next, so that shares hold and the rare ones appear early. */
export interface Planter<K extends string> {
  /** The most overdue anomaly that the case can carry, if any is due. */
  next(canCarry: (anomaly: K) => boolean): K | undefined;
  /** How often each was planted. */
  readonly counts: Readonly<Record<K, number>>;
}

/**
 * Systematic sampling: each anomaly collects its share (with jitter) at every case until it is due, at 1. The first ones
 * are due one after another, `spacing` cases apart.
 */
export const createPlanter = <K extends string>(shares: Readonly<Record<K, number>>, spacing: number, rng: Rng): Planter<K> => {
  const keys = Object.keys(shares) as K[];
  const due = new Float64Array(keys.length);
  const counts = {} as Record<K, number>;
  keys.forEach((key, i) => {
    due[i] = 1 - shares[key] * spacing * (i + 1);
    counts[key] = 0;
  });
  return {
    counts,
    next: (canCarry) => {
      const jitter = 0.5 + rng.next();
      let best = -1;
      for (let i = 0; i < keys.length; i++) {
        const key = keys[i] as K;
        const was = due[i] as number;
        if (was < 1) due[i] = was + shares[key] * jitter;
        if ((due[i] as number) >= 1 && (best < 0 || (due[i] as number) > (due[best] as number)) && canCarry(key)) best = i;
      }
      if (best < 0) return undefined;
      const key = keys[best] as K;
      due[best] = (due[best] as number) - 1;
      counts[key]++;
      return key;
    },
  };
};
