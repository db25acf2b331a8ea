import type { FlowAnomaly } from './anomalies';
import type { Day } from './calendar';
import { bankDayAfter, isoMinute } from './calendar';
import { iufOf } from './ids';
import type { Cents, Flow, Line, Psp } from './model';
import type { FlowContext } from './flow-context';
import { applyFunding } from './funding';
import type { PlacedLine } from './payment-parts';
import { PSPS } from './organizations';

/**
 * The total that the header declares. Revoked lines (outcome 3) are netted by some PSPs and added by others; an amount that
 * would not be positive is never netted.
 */
export const declaredOf = (lines: readonly Line[], netted: boolean): Cents => {
  let executed = 0;
  let revoked = 0;
  for (const line of lines) {
    if (line.outcome === '3') revoked += line.cents;
    else executed += line.cents;
  }
  return netted && executed > revoked ? executed - revoked : executed + revoked;
};

/** A flow with one version of all the lines. Money and anomalies come after. */
export const createFlow = (context: FlowContext, psp: Psp, day: Day, lines: readonly Line[], id?: string): Flow => {
  const { rng, organization } = context;
  const regulationOn = bankDayAfter(day);
  const progressive = `S${String(organization.index).padStart(4, '0')}${String(context.nextProgressive()).padStart(6, '0')}`;
  // One in ten flows is published on the last day allowed, D+2; the others with the money.
  const published = (rng.chance(0.1) ? bankDayAfter(day, 2) : regulationOn) * 1440 + rng.int(20, 420);
  const declaredCents = declaredOf(lines, rng.chance(0.5));
  const flow: Flow = {
    iuf: id ?? iufOf(regulationOn, psp.id, progressive),
    psp,
    regulationOn,
    trn: `${psp.abi}${rng.hex(16).toUpperCase()}`,
    versions: [{ dateTime: isoMinute(published, rng.int(0, 59)), lines, declaredCents }],
    declaredCents,
    neededCents: declaredCents,
    allocatedCents: 0,
    broughtCents: 0,
    over: false,
    totalDiffers: false,
    revisedAfterFunding: false,
  };
  for (const line of lines) line.flow = flow;
  return flow;
};

const canCarry = (context: FlowContext, psp: Psp, day: Day, lines: readonly Line[], anomaly: FlowAnomaly): boolean => {
  switch (anomaly) {
    case 'jointCredit':
      return lines.length >= 2;
    case 'rowDroppedBeforeFunding':
    case 'rowDroppedAfterFunding':
      return lines.length >= 2 && lines.some((line) => line.plain) && lines.every((line) => line.outcome !== '3');
    case 'sameIdAsOtherBody':
      return context.knownIds.has(idKey(psp, day)) && !context.ownIds.has(context.knownIds.get(idKey(psp, day))!);
    case 'splitCredit':
    case 'short':
    case 'reversedInPart':
      return declaredOf(lines, true) >= 10;
    default:
      return true;
  }
};

const idKey = (psp: Psp, day: Day): string => `${psp.id}|${day}`;

/** Flows of one PSP's lines of one operating day: one, or two where one credit pays for two. */
const flowsOfPsp = (context: FlowContext, psp: Psp, day: Day, lines: readonly Line[]): Flow[] => {
  const anomaly = context.planter.next((key) => canCarry(context, psp, day, lines, key));
  const key = idKey(psp, day);
  if (anomaly === 'jointCredit') {
    const half = Math.ceil(lines.length / 2);
    const flows = [createFlow(context, psp, day, lines.slice(0, half)), createFlow(context, psp, day, lines.slice(half))];
    applyFunding(context, flows, anomaly);
    return flows;
  }
  const id = anomaly === 'sameIdAsOtherBody' ? context.knownIds.get(key) : undefined;
  const flow = createFlow(context, psp, day, lines, id);
  if (anomaly === 'lowerCaseId') flow.iuf = flow.iuf.toLowerCase();
  else if (!context.knownIds.has(key)) context.knownIds.set(key, flow.iuf);
  context.ownIds.add(flow.iuf);
  applyFunding(context, [flow], anomaly);
  return [flow];
};

const apart = (context: FlowContext, day: Day, group: readonly PlacedLine[]): Flow => {
  const first = group[0]!;
  const on = first.flow === 'apartNextDay' ? bankDayAfter(day) : day;
  const flow = createFlow(
    context,
    first.psp,
    on,
    group.map((placed) => placed.line),
  );
  applyFunding(context, [flow], first.flow === 'apartUnfunded' ? 'unfunded' : undefined);
  return flow;
};

/** All flows of an operating day, with their credits planned. */
export const flowsOfDay = (context: FlowContext, day: Day, placedLines: readonly PlacedLine[]): Flow[] => {
  const byPsp = new Map<Psp, Line[]>();
  const groups = new Map<string, PlacedLine[]>();
  for (const placed of placedLines) {
    if (placed.flow === 'day') {
      const lines = byPsp.get(placed.psp);
      if (lines) lines.push(placed.line);
      else byPsp.set(placed.psp, [placed.line]);
    } else {
      const key = `${placed.flow}|${placed.line.iur}`;
      groups.set(key, [...(groups.get(key) ?? []), placed]);
    }
  }
  const flows: Flow[] = [];
  for (const psp of PSPS) {
    const lines = byPsp.get(psp);
    if (lines) flows.push(...flowsOfPsp(context, psp, day, lines));
  }
  for (const group of groups.values()) flows.push(apart(context, day, group));
  return flows;
};
