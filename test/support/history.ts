import type { EventStore, NewEvent } from '@quadra/event-store';
import { shortDigest, type OrgId } from '@quadra/kernel';
import * as domain from '@quadra/domain';
import type { CreditCommand, CreditContent, NoticeContent, OrganizationSettings, PaymentCommand, ReceiptContent } from '@quadra/domain';
import type { FlowDocument } from './facts';

/** One document of one body, as an intake records it. */
export type Fact =
  | { readonly kind: 'receipt'; readonly iuv: string; readonly content: ReceiptContent }
  | { readonly kind: 'notice'; readonly iuv: string; readonly content: NoticeContent }
  | { readonly kind: 'flow'; readonly flow: FlowDocument }
  | { readonly kind: 'credit'; readonly content: CreditContent }
  | { readonly kind: 'storno'; readonly creditId: string; readonly movement: domain.CreditReversed['data'] }
  | { readonly kind: 'settings'; readonly settings: Partial<OrganizationSettings> };

type Decided = readonly { readonly type: string; readonly data: object }[];
interface Aggregate {
  readonly stream: string;
  readonly decide: (history: readonly { type: string; data: unknown }[]) => Decided;
}

const aggregate = <S, E extends { type: string; data: object }>(
  stream: string,
  initial: S,
  evolve: (state: S, event: E) => S,
  decide: (state: S) => readonly E[],
): Aggregate => ({ stream, decide: (history) => decide((history as unknown as readonly E[]).reduce(evolve, initial)) });

const ofPayment = (org: OrgId, iuv: string, command: PaymentCommand): Aggregate =>
  aggregate(domain.paymentStream(org, iuv), domain.UNBORN, domain.evolvePayment, (life) => domain.payment.decide(command, life));

const ofCredit = (org: OrgId, id: string, command: CreditCommand): Aggregate =>
  aggregate(domain.creditStream(org, id), domain.NO_CREDIT, domain.evolveCredit, (life) => domain.decideCredit(command, life));

/** The three steps of a flow, each decided on what the step before left. */
const flowEvents = ({ header, lines }: FlowDocument, before: domain.FlowLife): domain.SettlementFlowEvent[] => {
  const version = domain.versionKey(header);
  const cents = (of: readonly domain.FlowLine[]) => of.reduce((sum, line) => sum + line[3], 0) as never;
  const commands: domain.SettlementFlowCommand[] = [
    { type: 'OpenVersion', header },
    { type: 'AddLines', version, from: 0, lines },
    {
      type: 'CompleteVersion',
      version,
      count: lines.length,
      linesCents: cents(lines),
      revokedCents: cents(lines.filter((line) => line[4] === '3')),
    },
  ];
  const events: domain.SettlementFlowEvent[] = [];
  for (const command of commands) events.push(...domain.decideSettlementFlow(command, events.reduce(domain.evolveFlow, before)));
  return events;
};

const organizationEvents = (settings: Partial<OrganizationSettings>, before: domain.Organization): domain.OrganizationEvent[] => {
  const register = before.registered ? [] : domain.decideOrganization({ type: 'RegisterOrganization', name: 'A body' }, before);
  const known = (register as domain.OrganizationEvent[]).reduce(domain.evolveOrganization, before);
  const configure = domain.decideOrganization({ type: 'ConfigureOrganization', settings }, known);
  return [...(register as domain.OrganizationEvent[]), ...(configure as domain.OrganizationEvent[])];
};

const aggregateOf = (org: OrgId, fact: Fact): Aggregate => {
  switch (fact.kind) {
    case 'receipt':
      return ofPayment(org, fact.iuv, { type: 'TakeInReceipt', content: fact.content });
    case 'notice':
      return ofPayment(org, fact.iuv, { type: 'TakeInNotice', content: fact.content });
    case 'credit':
      return ofCredit(org, domain.creditId(fact.content), { type: 'BookCredit', content: fact.content });
    case 'storno':
      return ofCredit(org, fact.creditId, { type: 'ReverseCredit', movement: fact.movement });
    case 'flow':
      return aggregate(domain.settlementFlowStream(org, fact.flow.header.iuf), domain.NO_FLOW, domain.evolveFlow, (life) =>
        flowEvents(fact.flow, life),
      );
    case 'settings':
      return aggregate(domain.organizationStream(org), domain.UNKNOWN_ORGANIZATION, domain.evolveOrganization, (state) =>
        organizationEvents(fact.settings, state),
      );
  }
};

/** Takes facts into a store as the intake does: loads, decides, appends at the exact revision. */
export const takeIn = (store: EventStore, org: OrgId, ...facts: readonly Fact[]): Promise<void> => takeInFrom(store, org, undefined, facts);

/** The same, as a file says it. */
export const takeInFrom = async (store: EventStore, org: OrgId, fileId: string | undefined, facts: readonly Fact[]): Promise<void> => {
  const source = fileId === undefined ? {} : { source: { fileId } };
  for (const fact of facts) {
    const { stream, decide } = aggregateOf(org, fact);
    for (let stored = false; !stored;) {
      const history = await store.read(stream);
      const expected = history.length - 1;
      const meta = { commandId: `take-in/${shortDigest(JSON.stringify(fact))}/${expected}`, actor: 'test', schemaVersion: 1, ...source };
      const events: NewEvent[] = decide(history).map((event) => ({ ...event, meta }));
      stored = events.length === 0 || (await store.append({ stream, expected, events })).ok;
    }
  }
};
