import { createHash } from 'node:crypto';
import type { LocalDate } from '@quadra/kernel';
import { TRANSFER_STATES } from '@quadra/domain';
import { DEFAULT_RULE_SET } from '@quadra/matching';
import { query } from '../model';
import type { Source } from './source';
import type { ReadingContext } from './payments';
import { coverageSources } from './coverage';
import { readLane } from './lanes';

export interface Figure {
  readonly count: number;
  readonly cents: number;
}

export interface KeyedFigure extends Figure {
  readonly key: string;
}

/** The month of one organization: what was open, came in, went out, is open; and where everything recorded stands. */
export interface ReconciliationReport {
  readonly organization: string;
  readonly from: string;
  readonly to: string;
  readonly opening: Figure;
  readonly in: Figure;
  readonly out: Figure;
  readonly closing: Figure;
  /** Every transfer entered up to `to`, once. */
  readonly recorded: Figure;
  readonly states: readonly KeyedFigure[];
  readonly lanes: readonly KeyedFigure[];
  /** A transfer counts under each of its discrepancies. */
  readonly discrepancies: readonly KeyedFigure[];
  /** What judged: tolerances and tiers, with the version of the engine. */
  readonly ruleSet: string;
  /** The civil date in Rome for which lanes were read. */
  readonly today: string;
  /** What was loaded of each source: nobody can say more than this shows. */
  readonly coverage: readonly ReportedCoverage[];
  /** Everything recorded up to here is in it. */
  readonly position: string;
  /** When this was known. */
  readonly asOf: string;
  readonly checks: readonly { readonly name: string; readonly expected: Figure; readonly found: Figure; readonly holds: boolean }[];
  /** SHA-256 of all but the checks, position and asOf: a look at another moment at which the same stood has the same. */
  readonly hash: string;
}

export interface ReportedCoverage {
  readonly source: string;
  readonly seenFrom: string;
  readonly seenUpTo: string;
  /** Bank days in between for which nothing was loaded. */
  readonly gaps: number;
}

interface Group {
  lane_key: string;
  n: number;
  cents: string;
  opening_n: number;
  opening_cents: string;
  in_n: number;
  in_cents: string;
  out_n: number;
  out_cents: string;
  closing_n: number;
  closing_cents: string;
}

const NOTHING: Figure = { count: 0, cents: 0 };
const plus = (a: Figure, b: Figure): Figure => ({ count: a.count + b.count, cents: a.cents + b.cents });
const minus = (a: Figure, b: Figure): Figure => ({ count: a.count - b.count, cents: a.cents - b.cents });
const equal = (a: Figure, b: Figure): boolean => a.count === b.count && a.cents === b.cents;
const total = (figures: Iterable<Figure>): Figure => [...figures].reduce(plus, NOTHING);

/** Counted each on its own condition, so that opening + in − out = closing is a finding and not a definition. */
const groupsSql = (schema: string): string => `
  select lane_key, count(*)::int as n, sum(amount_cents)::text as cents,
    count(*) filter (where opening)::int as opening_n, coalesce(sum(amount_cents) filter (where opening), 0)::text as opening_cents,
    count(*) filter (where entered)::int as in_n, coalesce(sum(amount_cents) filter (where entered), 0)::text as in_cents,
    count(*) filter (where gone)::int as out_n, coalesce(sum(amount_cents) filter (where gone), 0)::text as out_cents,
    count(*) filter (where still)::int as closing_n, coalesce(sum(amount_cents) filter (where still), 0)::text as closing_cents
  from (
    select lane_key, amount_cents,
      entered_on < $2::date and (exited_on is null or exited_on >= $2::date) as opening,
      entered_on between $2::date and $3::date as entered,
      exited_on between $2::date and $3::date as gone,
      exited_on is null or exited_on > $3::date as still
    from ${schema}.transfer where org = $1 and entered_on <= $3::date) t
  group by lane_key`;

const collect = (groups: readonly Group[], keysOf: (g: Group) => readonly string[], order?: readonly string[]): KeyedFigure[] => {
  const found = new Map<string, Figure>((order ?? []).map((k) => [k, NOTHING]));
  for (const g of groups)
    for (const key of keysOf(g)) found.set(key, plus(found.get(key) ?? NOTHING, { count: g.n, cents: Number(g.cents) }));
  const keys = order ?? [...found.keys()].sort();
  return keys.map((key) => ({ key, ...found.get(key)! }));
};

const LANES = ['ok', 'inTerms', 'late', 'wrong', 'ownFault', 'notVerifiable'] as const;

export const reconciliationReport = async (
  source: Source,
  org: string,
  from: LocalDate,
  to: LocalDate,
  context: ReadingContext,
  at: { readonly position: bigint; readonly asOf: Date },
): Promise<ReconciliationReport> => {
  const groups = await query<Group>(source.client, groupsSql(source.schema), [org, from, to]);
  const sum = (pick: (g: Group) => [number, string]): Figure =>
    total(groups.map((g) => ({ count: pick(g)[0], cents: Number(pick(g)[1]) })));
  const [opening, entered, gone, closing] = [
    sum((g) => [g.opening_n, g.opening_cents]),
    sum((g) => [g.in_n, g.in_cents]),
    sum((g) => [g.out_n, g.out_cents]),
    sum((g) => [g.closing_n, g.closing_cents]),
  ];
  const recorded = sum((g) => [g.n, g.cents]);
  const readings = new Map(groups.map((g) => [g.lane_key, readLane(g.lane_key, context.coverage, context.today)]));
  const states = collect(groups, (g) => [g.lane_key.split('|')[0]!], TRANSFER_STATES);
  const lanes = collect(groups, (g) => [readings.get(g.lane_key)!.lane], LANES);
  const discrepancies = collect(groups, (g) => [
    ...g.lane_key.split('|')[1]!.split(',').filter(Boolean),
    ...readings.get(g.lane_key)!.late,
  ]);
  const [counted] = await query<{ n: number; cents: string }>(
    source.client,
    `select count(*)::int as n, coalesce(sum(amount_cents), 0)::text as cents from ${source.schema}.transfer where org = $1 and entered_on <= $2::date`,
    [org, to],
  );
  const everything = { count: counted!.n, cents: Number(counted!.cents) };
  const check = (name: string, expected: Figure, found: Figure) => ({ name, expected, found, holds: equal(expected, found) });
  const figures = { opening, in: entered, out: gone, closing, recorded, states, lanes, discrepancies };
  const coverage = (await coverageSources(source, org)).map(({ gaps, source: name, seenFrom, seenUpTo }) => ({
    source: name,
    seenFrom,
    seenUpTo,
    gaps: gaps.length,
  }));
  const content = { organization: org, from, to, ...figures, ruleSet: DEFAULT_RULE_SET, today: context.today, coverage };
  return {
    ...content,
    position: String(at.position),
    asOf: at.asOf.toISOString(),
    checks: [
      check('opening + in - out = closing', minus(plus(opening, entered), gone), closing),
      check('sum of states = recorded', everything, total(states)),
      check('sum of lanes = recorded', everything, total(lanes)),
    ],
    hash: createHash('sha256').update(JSON.stringify(content)).digest('hex'),
  };
};
