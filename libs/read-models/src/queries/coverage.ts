import type { LocalDate } from '@quadra/kernel';
import { addDays, daysBetween } from '@quadra/kernel';
import { isBankDay } from '@quadra/matching';
import { query } from '../model';
import type { Source } from './source';

interface Row {
  source: string;
  document_id: string;
  page: number;
  pages_total: number;
  covers_from: LocalDate;
  covers_to: LocalDate;
  accounts: string;
}

interface Span {
  readonly from: LocalDate;
  readonly to: LocalDate;
}

/** What the documents of one organization let us see, and what they do not. */
export interface Coverage {
  readonly journals: ReadonlyMap<string, readonly Span[]>;
  readonly flowsThrough?: LocalDate;
}

export interface CoverageSource {
  readonly source: string;
  readonly seenFrom: string;
  readonly seenUpTo: string;
  /** Bank days between the first and the last for which nothing was loaded. */
  readonly gaps: readonly string[];
  readonly incompleteDocuments: readonly { documentId: string; pagesSeen: number; pagesTotal: number }[];
  readonly balanceBreaks: readonly { account: string; on: string; expectedCents: number; foundCents: number }[];
}

/** The pages of journals one by one; of the flows, which may be very many, from when to when. */
const rowsOf = (source: Source, org: string): Promise<Row[]> =>
  query<Row>(
    source.client,
    `select source, document_id, page, pages_total, covers_from::text, covers_to::text, accounts from ${source.schema}.coverage
     where org = $1 and source <> 'flows'
     union all
     select 'flows', '', 1, 1, min(covers_from)::text, max(covers_to)::text, '[]' from ${source.schema}.coverage
     where org = $1 and source = 'flows' having count(*) > 0
     order by source, covers_to, document_id, page`,
    [org],
  );

interface Document extends Span {
  readonly documentId: string;
  readonly pagesSeen: number;
  readonly pagesTotal: number;
  readonly accounts: readonly { account: string; openingCents?: number; inCents?: number; outCents?: number; closingCents?: number }[];
}

const documentsOf = (rows: readonly Row[]): Document[] => {
  const byId = new Map<string, Row[]>();
  for (const r of rows) byId.set(r.document_id, [...(byId.get(r.document_id) ?? []), r]);
  return [...byId].map(([documentId, pages]) => ({
    documentId,
    from: pages[0]!.covers_from,
    to: pages[0]!.covers_to,
    pagesSeen: pages.length,
    pagesTotal: Math.max(...pages.map((p) => p.pages_total)),
    accounts: pages.flatMap((p) => JSON.parse(p.accounts)),
  }));
};

export const loadCoverage = async (source: Source, org: string): Promise<Coverage> => {
  const rows = await rowsOf(source, org);
  const journals = new Map<string, Span[]>();
  for (const source of new Set(rows.map((r) => r.source).filter((s) => s !== 'flows'))) {
    const whole = documentsOf(rows.filter((r) => r.source === source)).filter((d) => d.pagesSeen >= d.pagesTotal);
    journals.set(source, whole);
  }
  const flowsThrough = rows
    .filter((r) => r.source === 'flows')
    .map((r) => r.covers_to)
    .sort()
    .at(-1);
  return { journals, ...(flowsThrough && { flowsThrough }) };
};

/** Would money (or a flow) due on a day be visible? Every treasurer's journal must hold that very day, whole. */
export const coveredThrough = (coverage: Coverage, awaits: 'credit' | 'flow', dueOn: LocalDate): LocalDate | undefined => {
  if (awaits === 'flow') return coverage.flowsThrough;
  if (coverage.journals.size === 0) return undefined;
  const all = [...coverage.journals.values()].every((spans) => spans.some((s) => s.from <= dueOn && dueOn <= s.to));
  return all ? dueOn : undefined;
};

const gapsOf = (documents: readonly Document[]): string[] => {
  if (documents.length === 0) return [];
  const first = documents.map((d) => d.from).sort()[0]!;
  const last = documents
    .map((d) => d.to)
    .sort()
    .at(-1)!;
  const gaps: string[] = [];
  for (let i = 0; i <= Math.min(daysBetween(first, last), 800); i++) {
    const day = addDays(first, i);
    if (isBankDay(day, 'target-it') && !documents.some((d) => d.from <= day && day <= d.to)) gaps.push(day);
  }
  return gaps;
};

/** A document of one page says itself what came in between its balances. */
const ownBreak = ({ pagesTotal, to }: Document, a: Document['accounts'][number]): CoverageSource['balanceBreaks'] => {
  const { account, openingCents, inCents, outCents, closingCents } = a;
  if (pagesTotal !== 1 || openingCents === undefined || inCents === undefined || outCents === undefined || closingCents === undefined)
    return [];
  const expectedCents = openingCents + inCents - outCents;
  return expectedCents === closingCents ? [] : [{ account, on: to, expectedCents, foundCents: closingCents }];
};

/** Where a journal does not begin with the balance that the one before it ended with, or does not tie in itself. */
const breaksOf = (documents: readonly Document[]): CoverageSource['balanceBreaks'][number][] => {
  const closing = new Map<string, number>();
  const breaks: CoverageSource['balanceBreaks'][number][] = [];
  for (const d of documents) {
    for (const a of d.accounts) {
      const before = closing.get(a.account);
      if (before !== undefined && a.openingCents !== undefined && before !== a.openingCents) {
        breaks.push({ account: a.account, on: d.from, expectedCents: before, foundCents: a.openingCents });
      }
      breaks.push(...ownBreak(d, a));
      if (a.closingCents !== undefined) closing.set(a.account, a.closingCents);
    }
  }
  return breaks;
};

export const coverageSources = async (source: Source, org: string): Promise<CoverageSource[]> => {
  const rows = await rowsOf(source, org);
  return [...new Set(rows.map((r) => r.source))].map((source) => {
    const documents = documentsOf(rows.filter((r) => r.source === source));
    const isJournal = source !== 'flows';
    return {
      source,
      seenFrom: documents.map((d) => d.from).sort()[0]!,
      seenUpTo: documents
        .map((d) => d.to)
        .sort()
        .at(-1)!,
      gaps: isJournal ? gapsOf(documents) : [],
      incompleteDocuments: documents
        .filter((d) => d.pagesSeen < d.pagesTotal)
        .map(({ documentId, pagesSeen, pagesTotal }) => ({ documentId, pagesSeen, pagesTotal })),
      balanceBreaks: isJournal ? breaksOf(documents) : [],
    };
  });
};
