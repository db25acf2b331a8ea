import type { Cents, DomainEvent, LocalDate, OrgId } from '@quadra/kernel';
import { encodeId } from '@quadra/kernel';

export type CreditKind = 'sospeso' | 'reversale' | 'movement';

/**
 * Money that came in. Journals: (treasurer, fiscal year, kind, document number as text); for a collection order
 * (*reversale*) also its progressive. The *bolletta* is an attribute of another series and no part of the identity.
 */
export interface CreditIdentity {
  /** ABI code of the treasurer bank. */
  readonly treasurer: string;
  /** *Esercizio*: document numbers restart with it. */
  readonly fiscalYear: number;
  readonly kind: CreditKind;
  /** *Numero del provvisorio* or of the order, as text: leading zeros are kept where they stand. */
  readonly documentNumber: string;
  /** *Progressivo documento*, for collection orders. */
  readonly progressive?: string;
}

/** The id of a credit inside its organization, stable and readable: `03069.2026.sospeso.4411`. */
export const creditId = (c: CreditIdentity): string =>
  [c.treasurer, c.fiscalYear, c.kind, stripZeros(c.documentNumber), ...(c.progressive ? [stripZeros(c.progressive)] : [])]
    .map((part) => encodeId(String(part)).replaceAll('.', '%2E'))
    .join('.');

/** The same number is printed with and without leading zeros by different sources: they must name one credit. */
const stripZeros = (number: string): string => number.replace(/^0+(?=.)/, '');

export const creditStream = (org: OrgId, id: string): string => `credit-${org}_${id}`;

/** A flow id (or IUV) read out of a remittance text at intake; believed only when a flow of that id is known. */
export interface RemittanceCandidate {
  readonly iuf: string;
  /** `exact`: as SACI writes it; `repaired`: blanks, dots, wraps, prefix or case were mended. */
  readonly tier: 'exact' | 'repaired';
  /** SACI ≥ 2.0 `/TXT/<n>/`: 0 ordinary, 1–9 integrative credit. */
  readonly progressive?: number;
  /** Candidates of one group are spellings of one id in the text, best first: at most one of them is true. */
  readonly group?: number;
}

export interface CreditContent extends CreditIdentity {
  /** *Numero bolletta o quietanza*, where the treasurer gives one. */
  readonly receiptNumber?: string;
  /** *Conto di evidenza*. */
  readonly account: string;
  readonly bookedOn: LocalDate;
  readonly valueOn?: LocalDate;
  readonly amountCents: Cents;
  readonly endToEndId?: string;
  /** *Codice riferimento operazione* or CRO. */
  readonly bankReference?: string;
  readonly executionType?: string;
  readonly candidates: readonly RemittanceCandidate[];
  /** IUVs of single credits (`/RFS/`, `/RFB/`) read in the text. */
  readonly iuvs: readonly string[];
  readonly parserVersion: number;
  /** Keyed digest of the remittance text. */
  readonly textDigest: string;
  /** Where the remittance text and the ordering party lie, encrypted. */
  readonly personalRef?: string;
}

export type CreditBooked = DomainEvent<'CreditBooked', CreditContent>;
/** The same document with other content: content order decides which one counts. */
export type CreditConflicted = DomainEvent<'CreditConflicted', CreditContent>;
/** The same movement from a second source that says the same. */
export type CreditConfirmed = DomainEvent<'CreditConfirmed', { readonly fileId: string }>;

/** A movement that changes a credit. `ordinal` tells equal movements of one journal apart; equal ones of two journals are one. */
interface Movement {
  readonly on: LocalDate;
  readonly amountCents: Cents;
  readonly ordinal: number;
  /** Number of the receipt or order that did it. */
  readonly document?: string;
}
/** *Storno*: the treasurer takes the credit back, whole or in part. */
export type CreditReversed = DomainEvent<'CreditReversed', Movement>;
/** A collection order (*reversale*) covers part of a provisional credit (*provvisorio*). Cash does not move. */
export type CreditRegularized = DomainEvent<'CreditRegularized', Movement & { readonly order: string; readonly orderYear: number }>;
/** The coverage is undone (*ripristinato*, or storno of the order): the provisional credit is open again. */
export type CreditRegularizationReverted = DomainEvent<
  'CreditRegularizationReverted',
  Movement & { readonly order: string; readonly orderYear: number }
>;

/** A content of the movement no longer stands: the file that brought it was taken back. */
export type CreditVoided = DomainEvent<'CreditVoided', { readonly fingerprint: string; readonly reason: string }>;
/** A movement on the credit no longer stands. `movement` is its identity, see `movementKey`. */
type MovementVoided<T extends string> = DomainEvent<T, { readonly movement: string; readonly reason: string }>;
export type CreditReversalVoided = MovementVoided<'CreditReversalVoided'>;
export type CreditRegularizationVoided = MovementVoided<'CreditRegularizationVoided'>;
export type CreditReversionVoided = MovementVoided<'CreditReversionVoided'>;

export type CreditVoid = CreditVoided | CreditReversalVoided | CreditRegularizationVoided | CreditReversionVoided;
export type CreditFact =
  CreditBooked | CreditConflicted | CreditConfirmed | CreditReversed | CreditRegularized | CreditRegularizationReverted;
export type CreditEvent = CreditFact | CreditVoid;
