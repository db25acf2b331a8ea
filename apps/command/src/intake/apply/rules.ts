import type {
  CreditCommand,
  CreditEvent,
  CreditLife,
  FlowLife,
  JournalCommand,
  JournalEvent,
  JournalLife,
  PaymentCommand,
  PaymentEvent,
  PaymentLife,
  SettlementFlowCommand,
  SettlementFlowEvent,
  StandingFacts,
  VoidFacts,
  VoidOf,
} from '@quadra/domain';
import { assert, isRejection } from '@quadra/kernel';
import {
  NO_CREDIT,
  NO_FACTS,
  NO_FLOW,
  NO_JOURNAL,
  decideCredit,
  decideJournal,
  decideSettlementFlow,
  decideVoidFacts,
  evolveCredit,
  evolveFlow,
  evolveJournal,
  evolveStanding,
  payment,
  voidOfCredit,
  voidOfFlow,
  voidOfJournal,
  voidOfPayment,
} from '@quadra/domain';
import type { Fact, Rules } from './stream-work';

export const PAYMENT: Rules<PaymentCommand, PaymentLife, PaymentEvent> = {
  initial: payment.initialState,
  decide: (command, life) => {
    const facts = payment.decide(command, life);
    assert(!isRejection(facts), 'a payment takes every fact in');
    return facts;
  },
  evolve: payment.evolve,
};

export const FLOW: Rules<SettlementFlowCommand, FlowLife, SettlementFlowEvent> = {
  initial: NO_FLOW,
  decide: decideSettlementFlow,
  evolve: evolveFlow,
};

export const CREDIT: Rules<CreditCommand, CreditLife, CreditEvent> = { initial: NO_CREDIT, decide: decideCredit, evolve: evolveCredit };

export const JOURNAL: Rules<JournalCommand, JournalLife, JournalEvent> = {
  initial: NO_JOURNAL,
  decide: decideJournal,
  evolve: evolveJournal,
};

const voiding = <E>(voidOf: VoidOf<E>): Rules<VoidFacts, StandingFacts, Fact> => ({
  initial: NO_FACTS,
  decide: decideVoidFacts,
  evolve: (standing, event) => evolveStanding(voidOf)(standing, event as E & Fact),
});

/** How the facts of a file are taken back, by the category of their stream. */
export const VOIDING: Readonly<Record<string, Rules<VoidFacts, StandingFacts, Fact>>> = {
  payment: voiding(voidOfPayment),
  settlementFlow: voiding(voidOfFlow),
  credit: voiding(voidOfCredit),
  journal: voiding(voidOfJournal),
};
