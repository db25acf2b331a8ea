import type { VoidOf } from '../voiding/events';
import type { SettlementFlowEvent } from './events';

/** What takes a version of a flow back. It belongs to the file that completed it, before that to the one that began it. */
export const voidOfFlow: VoidOf<SettlementFlowEvent> = (event) =>
  event.type === 'SettlementFlowReported' || event.type === 'SettlementFlowCompleted'
    ? { type: 'SettlementFlowVoided', data: { version: event.data.version } }
    : undefined;
