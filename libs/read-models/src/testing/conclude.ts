import type { EventStore, NewEvent, StoredEvent } from '@quadra/event-store';
import { categoryOf, decodeId, orgOf, type OrgId } from '@quadra/kernel';
import type { CreditEvent, FlowFunding, PaymentEvent, SettlementFlowEvent } from '@quadra/domain';
import {
  NO_CREDIT,
  NO_FLOW,
  UNBORN,
  countingContent,
  evolveCredit,
  evolveFlow,
  evolvePayment,
  flowFigures,
  flowKey,
  netCents,
  paymentStream,
  reconciliationStream,
  standingVersions,
} from '@quadra/domain';
import { allocateMoney, chooseFlows, concludePayment, diffPayment, flowStanding, standingLines, type StandingLine } from '@quadra/matching';

/** Everything of one category and one body, stream by stream. */
const streamsOf = (events: readonly StoredEvent[], category: string): Map<string, StoredEvent[]> => {
  const streams = new Map<string, StoredEvent[]>();
  for (const e of events) if (categoryOf(e.stream) === category) streams.set(e.stream, [...(streams.get(e.stream) ?? []), e]);
  return streams;
};

const everythingOf = async (store: EventStore, org: OrgId): Promise<StoredEvent[]> => {
  const abort = new AbortController();
  for await (const batch of store.subscribe(0n, { categories: [], batchSize: 1_000_000, signal: abort.signal })) {
    abort.abort();
    return batch.events.filter((e) => orgOf(e.stream) === org);
  }
  return [];
};

const append = async (
  store: EventStore,
  stream: string,
  expected: number,
  events: readonly { type: string; data: object }[],
): Promise<void> => {
  const meta = { commandId: `conclude/${expected + 1}`, actor: 'system:test' };
  if (events.length) await store.append({ stream, expected, events: events.map((e): NewEvent => ({ ...e, meta })) });
};

/** Judges all money of a body at once and says it whole. */
const judge = async (store: EventStore, org: OrgId, events: readonly StoredEvent[]): Promise<Map<string, FlowFunding>> => {
  const lives = [...streamsOf(events, 'settlementFlow').values()].map((own) =>
    (own as unknown as SettlementFlowEvent[]).reduce(evolveFlow, NO_FLOW),
  );
  const flows = lives.flatMap((life) => {
    const figures = flowFigures(life);
    const earlierTotals = standingVersions(life)
      .slice(0, -1)
      .map((v) => v.header.declaredCents);
    return figures ? [{ flowKey: flowKey(figures.iuf), iuf: figures.iuf, totalCents: figures.totalCents, earlierTotals }] : [];
  });
  const known = new Set(flows.map((f) => f.flowKey));
  const claims = [...streamsOf(events, 'credit')].flatMap(([stream, own]) => {
    const life = (own as unknown as CreditEvent[]).reduce(evolveCredit, NO_CREDIT);
    const content = countingContent(life);
    if (!content) return [];
    const named = chooseFlows(content.candidates, (key) => known.has(key));
    return [
      {
        creditId: stream.slice(stream.indexOf('_') + 1),
        netCents: netCents(life),
        bookedOn: content.bookedOn,
        creditedOn: content.valueOn ?? content.bookedOn,
        flows: named.map((f) => ({ flowKey: flowKey(f.iuf), tier: f.tier })),
      },
    ];
  });
  const { allocations, funding } = allocateMoney(flows, claims);
  const before = streamsOf(events, 'reconciliation').get(reconciliationStream(org)) ?? [];
  const released = before.at(-1)?.data.allocated ?? [];
  const data = { basis: '0', released, allocated: allocations, flows: funding, ruleSet: 'test-1' };
  const changed = before.length ? JSON.stringify(before.at(-1)!.data.allocated) !== JSON.stringify(allocations) : allocations.length > 0;
  if (changed) await append(store, reconciliationStream(org), before.length - 1, [{ type: 'AllocationsChanged', data }]);
  return new Map(funding.map((f) => [flowKey(f.iuf), f]));
};

/** The whole conclusion of one body, computed at once from its streams and appended: for specs of what is read afterwards. */
export const conclude = async (store: EventStore, org: OrgId): Promise<void> => {
  const events = await everythingOf(store, org);
  const funding = await judge(store, org, events);
  const lines = new Map<string, StandingLine[]>();
  const flows = new Map<string, NonNullable<ReturnType<typeof flowStanding>>>();
  for (const own of streamsOf(events, 'settlementFlow').values()) {
    const life = (own as unknown as SettlementFlowEvent[]).reduce(evolveFlow, NO_FLOW);
    for (const [iuv, standing] of standingLines(life, own as unknown as SettlementFlowEvent[]))
      lines.set(iuv, [...(lines.get(iuv) ?? []), ...standing]);
    const key = flowKey(flowFigures(life)?.iuf ?? '');
    const standing = flowStanding(life, funding.get(key));
    if (standing) flows.set(key, standing);
  }
  const payments = streamsOf(events, 'payment');
  const iuvs = new Set([...[...payments.keys()].map((s) => decodeId(s.slice(s.indexOf('_') + 1))), ...lines.keys()]);
  for (const iuv of iuvs) {
    const stream = paymentStream(org, iuv);
    const life = ((payments.get(stream) ?? []) as unknown as PaymentEvent[]).reduce(evolvePayment, UNBORN);
    const facts = { receipts: life.receipts, notices: life.notices, lines: lines.get(iuv) ?? [], flows };
    const rules = { ruleSet: 'test-1', usesNotifications: false, receivesSecondaryReceipts: true };
    await append(store, stream, life.revision, diffPayment(life, concludePayment(facts, rules), 'test-1'));
  }
};
