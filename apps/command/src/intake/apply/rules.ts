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
} from '@quadra/domain';
import { assert, isRejection } from '@quadra/kernel';
import {
  NO_CREDIT,
  NO_FLOW,
  NO_JOURNAL,
  decideCredit,
  decideJournal,
  decideSettlementFlow,
  evolveCredit,
  evolveFlow,
  evolveJournal,
  payment,
} from '@quadra/domain';
import type { Rules } from './stream-work';

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
