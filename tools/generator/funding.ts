import type { FlowAnomaly } from './anomalies';
import type { Day } from './calendar';
import { bankDayAfter, isoMinute } from './calendar';
import type { FlowContext } from './flow-context';
import type { Cents, Flow, Line, Reversal } from './model';
import { CUT_TEXT, DAMAGED, ordinaryText, saciText } from './remittance';

interface Booking {
  readonly flow: Flow;
  readonly cents: Cents;
  readonly text: string;
  /** Bank days after the regulation date. */
  readonly delay?: number;
  readonly reversals?: readonly Reversal[];
  readonly allocatedCents: Cents;
}

const book = (context: FlowContext, b: Booking): Day => {
  const { psp, regulationOn } = b.flow;
  const bookedOn = b.delay ? bankDayAfter(regulationOn, b.delay) : regulationOn;
  context.credit({
    kind: 'sospeso',
    bookedOn,
    valueOn: b.delay ? bookedOn : regulationOn,
    cents: b.cents,
    client: `${psp.name.toUpperCase()} SERVIZIO PAGOPA`,
    text: b.text,
    ...(context.rng.chance(0.3) ? { endToEnd: b.flow.trn } : {}),
    execution: 'SEPA CREDIT TRANSFER',
    reversals: b.reversals ?? [],
    allocatedCents: b.allocatedCents,
  });
  return bookedOn;
};

/** The whole declared total in one credit. */
const fund = (context: FlowContext, flow: Flow, text: string): void => {
  flow.allocatedCents = flow.neededCents;
  flow.broughtCents = flow.neededCents;
  book(context, { flow, cents: flow.neededCents, text, allocatedCents: flow.neededCents });
};

/** A later version of the flow: a day after, with these lines. */
const addVersion = (flow: Flow, lines: readonly Line[], declaredCents: Cents): void => {
  const first = flow.versions[0]!;
  const minute = Date.parse(`${first.dateTime}Z`) / 60_000;
  flow.versions.push({ dateTime: isoMinute(Math.floor(minute) + 1440 + 37), lines, declaredCents });
  flow.declaredCents = declaredCents;
};

const dropOne = (flow: Flow): void => {
  const { lines, declaredCents } = flow.versions[0]!;
  const dropped = lines.find((line) => line.plain)!;
  dropped.dropped = true;
  addVersion(
    flow,
    lines.filter((line) => line !== dropped),
    declaredCents - dropped.cents,
  );
};

const reversed = (context: FlowContext, flow: Flow, cents: Cents, again: boolean, text: string): void => {
  const total = flow.neededCents;
  const on = bankDayAfter(flow.regulationOn, context.rng.int(1, 2));
  const kept = total - cents;
  book(context, { flow, cents: total, text, reversals: [{ on, cents }], allocatedCents: kept });
  if (again) book(context, { flow, cents, text, delay: 3, allocatedCents: cents });
  flow.allocatedCents = kept + (again ? cents : 0);
  flow.broughtCents = flow.allocatedCents;
};

type Funding = (context: FlowContext, flow: Flow, text: string) => void;

const FUNDINGS: Readonly<Partial<Record<FlowAnomaly, Funding>>> = {
  unfunded: () => {},
  fundedTwice: (context, flow, text) => {
    fund(context, flow, text);
    book(context, { flow, cents: flow.neededCents, text, delay: 1, allocatedCents: 0 });
    flow.broughtCents = 2 * flow.neededCents;
    flow.over = true;
  },
  creditTooLarge: (context, flow, text) => {
    const cents = flow.neededCents + context.rng.int(1, 2_000);
    book(context, { flow, cents, text, allocatedCents: flow.neededCents });
    flow.allocatedCents = flow.neededCents;
    flow.broughtCents = cents;
    flow.over = true;
  },
  splitCredit: (context, flow) => {
    const first = Math.round(flow.neededCents * 0.6);
    const rest = flow.neededCents - first;
    book(context, { flow, cents: first, text: saciText(flow.iuf, 0), allocatedCents: first });
    book(context, { flow, cents: rest, text: saciText(flow.iuf, 1), delay: 1, allocatedCents: rest });
    flow.allocatedCents = flow.neededCents;
    flow.broughtCents = flow.neededCents;
  },
  short: (context, flow, text) => {
    const cents = flow.neededCents - Math.max(1, Math.floor(flow.neededCents / 10));
    book(context, { flow, cents, text, allocatedCents: cents });
    flow.allocatedCents = cents;
    flow.broughtCents = cents;
  },
  textCut: (context, flow) => {
    book(context, { flow, cents: flow.neededCents, text: CUT_TEXT, allocatedCents: 0 });
  },
  rowDroppedBeforeFunding: (context, flow, text) => {
    dropOne(flow);
    flow.neededCents = flow.declaredCents;
    fund(context, flow, text);
  },
  rowDroppedAfterFunding: (context, flow, text) => {
    fund(context, flow, text);
    dropOne(flow);
    flow.revisedAfterFunding = true;
  },
  revisionWithoutChange: (context, flow, text) => {
    fund(context, flow, text);
    addVersion(flow, flow.versions[0]!.lines, flow.declaredCents);
  },
  reversedForGood: (context, flow, text) => reversed(context, flow, flow.neededCents, false, text),
  reversedAndCreditedAgain: (context, flow, text) => reversed(context, flow, flow.neededCents, true, text),
  reversedInPart: (context, flow, text) => reversed(context, flow, Math.max(1, Math.floor(flow.neededCents / 4)), false, text),
  totalOffByOneCent: (context, flow, text) => {
    const version = flow.versions.pop()!;
    flow.versions.push({ ...version, declaredCents: version.declaredCents + 1 });
    flow.declaredCents += 1;
    flow.neededCents = flow.declaredCents;
    flow.totalDiffers = true;
    fund(context, flow, text);
  },
};

/** One credit that names two flows in its text and pays for both. */
const fundJointly = (context: FlowContext, flows: readonly Flow[]): void => {
  let cents = 0;
  for (const flow of flows) {
    flow.allocatedCents = flow.neededCents;
    flow.broughtCents = flow.neededCents;
    cents += flow.neededCents;
  }
  const text = flows.map((flow) => `/PUR/LGPE-RIVERSAMENTO/URI/${flow.iuf}`).join(' ');
  book(context, { flow: flows[0]!, cents, text, allocatedCents: cents });
};

/** Plans the credits (and versions) of freshly built flows: each funded in full by one credit, or as the anomaly says. */
export const applyFunding = (context: FlowContext, flows: readonly Flow[], anomaly: FlowAnomaly | undefined): void => {
  if (anomaly === 'jointCredit') return fundJointly(context, flows);
  const flow = flows[0]!;
  // A bank prints the id in capitals whatever the flow says.
  const id = flow.iuf.toUpperCase();
  const damage = anomaly && DAMAGED[anomaly];
  const text = damage ? damage(id) : ordinaryText(id, flow.psp.name.toUpperCase(), context.rng);
  const funding = anomaly && FUNDINGS[anomaly];
  if (funding) funding(context, flow, text);
  else fund(context, flow, text);
};
