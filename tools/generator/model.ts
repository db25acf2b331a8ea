import type { Day, Minute } from './calendar';
import type { Due } from './names';

/** Amounts are whole euro cents everywhere in the generator. */
export type Cents = number;

/** A body and how it gets its documents. */
export interface Organization {
  readonly index: number;
  readonly fiscalCode: string;
  readonly name: string;
  readonly place: string;
  readonly kind: 'comune' | 'provincia';
  readonly usesNotifications: boolean;
  readonly receivesSecondaryReceipts: boolean;
  readonly receiptFormat: 'xml' | 'csv';
  /** First four digits of its IUVs. */
  readonly series: string;
  readonly iban: string;
  readonly abi: string;
  readonly ipa: string;
  readonly istat: string;
  readonly bankCode: string;
}

export interface Psp {
  readonly id: string;
  readonly name: string;
  /** `G` fiscal code, `A` ABI, `B` BIC: how the flow names its sender. */
  readonly senderType: 'G' | 'A' | 'B';
  readonly senderCode: string;
  readonly bic: string;
  readonly abi: string;
  readonly fiscalCode: string;
}

export interface Person {
  readonly name: string;
  readonly fiscalCode: string;
  readonly street: string;
  readonly civic: string;
}

/** One beneficiary's share as it stands in a receipt. */
export interface ReceiptShare {
  readonly index: number;
  readonly cents: Cents;
  readonly beneficiary: Organization;
  readonly stamp?: true;
  readonly category: string;
}

/** A receipt (RT) as it is delivered. */
export interface Receipt {
  readonly iuv: string;
  readonly iur: string;
  readonly iud: string;
  readonly issuer: Organization;
  readonly psp: Psp;
  readonly paidAt: Minute;
  readonly second: number;
  readonly operatingDay: Day;
  readonly outcome: 'OK' | 'KO';
  readonly shares: readonly ReceiptShare[];
  readonly debtor: Person;
  readonly due: Due;
  readonly text: string;
}

/** A payment notification (*pagamento notificato*) as it is delivered. */
export interface Notice {
  readonly iuv: string;
  readonly iud: string;
  readonly cents: Cents;
  readonly executedOn: Day;
  readonly debtor: Person;
  readonly due: Due;
  readonly text: string;
}

/** A row of a settlement flow. */
export interface Line {
  readonly iuv: string;
  readonly iur: string;
  readonly index: number;
  readonly cents: Cents;
  readonly outcome: string;
  readonly paidOn: Day;
  /** The flow it stands in; set when the flow is built. */
  flow?: Flow;
  /** A later version of the flow leaves it out. */
  dropped?: true;
  /** Free of planted anomalies, so that a flow may drop it. */
  readonly plain: boolean;
}

export type Planted = 'IUR_DIFFERS' | 'DUPLICATE_PAYMENT' | 'REPORTED_TWICE' | 'RECEIPT_CONFLICT' | 'UNKNOWN_OUTCOME';

/** What the generator planted for one transfer of one organization: the row of the truth is computed from it. */
export interface Transfer {
  readonly iuv: string;
  readonly iur: string;
  readonly index: number;
  /** Fiscal code of the issuer, where a receipt says it. */
  readonly issuer: string;
  /** The share in the receipt that counts. */
  readonly receipt?: { readonly cents: Cents; readonly excluded: boolean; readonly ko?: boolean };
  readonly notice?: Cents;
  /** Its lines, the one of the first flow first. */
  readonly lines: readonly Line[];
  readonly planted: readonly Planted[];
}

export interface FlowVersion {
  readonly dateTime: string;
  readonly lines: readonly Line[];
  readonly declaredCents: Cents;
}

/** A settlement flow (FdR) with its versions and what the money does to it. */
export interface Flow {
  iuf: string;
  readonly psp: Psp;
  readonly regulationOn: Day;
  readonly trn: string;
  readonly versions: FlowVersion[];
  /** Declared total of the highest version. */
  declaredCents: Cents;
  /** What the credits must bring: the declared total, or that of an earlier version that the money reached. */
  neededCents: Cents;
  allocatedCents: Cents;
  /** What the credits that name it bring, less what they give to other flows (T of the labels). */
  broughtCents: Cents;
  /** A credit that names only this flow keeps a residual. */
  over: boolean;
  totalDiffers: boolean;
  /** A line left out after the money came for it. */
  revisedAfterFunding: boolean;
}

export interface Reversal {
  readonly on: Day;
  readonly cents: Cents;
}

/** A movement that brings money, pagoPA or not. Its number is given when the journals are written. */
export interface Credit {
  readonly kind: 'sospeso' | 'reversale';
  readonly bookedOn: Day;
  readonly valueOn: Day;
  readonly cents: Cents;
  readonly client: string;
  readonly text: string;
  readonly endToEnd?: string;
  readonly execution: string;
  readonly reversals: readonly Reversal[];
  readonly allocatedCents: Cents;
}
