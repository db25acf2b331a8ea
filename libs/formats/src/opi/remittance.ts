import type { RemittanceCandidate } from '@quadra/domain';
import type { ReaderContext, RemittanceReading } from '../intake';

/** Blanks of any kind and number are one: treasurers wrap and pad texts. */
export const normalizedText = (text: string): string => text.replace(/\s+/g, ' ').trim();

/**
 * The ids in the remittance text, then those in the end-to-end ids, which hold a flow id at some treasurers. Groups are
 * numbered on; a group that an earlier text gave already is left out. IUVs are taken from the remittance text alone.
 */
export const readRemittance = (ctx: ReaderContext, text: string, endToEndIds: readonly string[]): RemittanceReading => {
  const reading = ctx.parseRemittance(text);
  const groups = groupsOf(reading.candidates);
  for (const id of endToEndIds) groups.push(...groupsOf(ctx.parseRemittance(id).candidates));
  const seen = new Set<string>();
  const candidates: RemittanceCandidate[] = [];
  let group = 0;
  for (const spellings of groups) {
    const key = spellings.map((c) => c.iuf.toUpperCase()).join(' ');
    if (seen.has(key)) continue;
    seen.add(key);
    candidates.push(...spellings.map((c) => ({ ...c, group })));
    group++;
  }
  return { candidates, iuvs: reading.iuvs, parserVersion: reading.parserVersion };
};

const groupsOf = (candidates: readonly RemittanceCandidate[]): RemittanceCandidate[][] => {
  const groups = new Map<number | undefined, RemittanceCandidate[]>();
  for (const c of candidates) groups.set(c.group, [...(groups.get(c.group) ?? []), c]);
  return [...groups.values()];
};
