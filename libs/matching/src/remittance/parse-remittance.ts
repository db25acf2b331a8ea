import type { RemittanceCandidate } from '@quadra/domain';
import { flowCandidates } from './flow-candidates';
import { iuvsIn } from './iuvs';
import { squeeze } from './squeezed';

/** Raised when the same text would give other candidates; stands in each credit, so that a re-reading is seen. */
export const REMITTANCE_PARSER_VERSION = 1;

export interface ParsedRemittance {
  readonly candidates: RemittanceCandidate[];
  readonly iuvs: string[];
  readonly parserVersion: number;
}

/**
 * Reads flow ids and IUVs out of a remittance text (*causale*). Nothing is known about flows here, so each id found comes
 * with all plausible spellings, as one group, best first; `chooseFlows` keeps those that name a flow of the organization.
 * `exact` only where the text stands as SACI writes it: `/PUR/LGPE-RIVERSAMENTO[/TXT/<n>| <description>]/URI/<id>`.
 * A text cut by the bank (`/URI/2`), a bare date or an id with a slash inside give no candidate. Texts are read up to
 * 4,000 characters, in linear time.
 */
export const parseRemittance = (text: string): ParsedRemittance => {
  const squeezed = squeeze(text);
  return { candidates: flowCandidates(squeezed), iuvs: iuvsIn(squeezed), parserVersion: REMITTANCE_PARSER_VERSION };
};
