import type { Cents } from '@quadra/kernel';
import type { FlowHeader, FlowLine, SettlementFlowEvent } from './events';
import { MAX_LINES_PER_EVENT, versionKey } from './events';
import type { FlowLife } from './flow';

export type SettlementFlowCommand =
  | { readonly type: 'OpenVersion'; readonly header: FlowHeader }
  | { readonly type: 'AddLines'; readonly version: string; readonly from: number; readonly lines: readonly FlowLine[] }
  | {
      readonly type: 'CompleteVersion';
      readonly version: string;
      readonly count: number;
      readonly linesCents: Cents;
      readonly revokedCents: Cents;
    };

const openVersion = (header: FlowHeader, flow: FlowLife): SettlementFlowEvent[] => {
  const version = versionKey(header);
  const known = flow.versions[version];
  return known && !known.voided ? [] : [{ type: 'SettlementFlowReported', data: { ...header, version } }];
};

/** Lines that an interrupted import has recorded already are left out; a complete version takes none, nor one taken back. */
const addLines = (version: string, from: number, lines: readonly FlowLine[], flow: FlowLife): SettlementFlowEvent[] => {
  const known = flow.versions[version];
  if (!known || known.completed || known.voided) return [];
  const start = Math.max(from, known.recorded);
  const rest = lines.slice(start - from);
  const events: SettlementFlowEvent[] = [];
  for (let at = 0; at < rest.length; at += MAX_LINES_PER_EVENT) {
    events.push({ type: 'SettlementLinesReported', data: { version, from: start + at, lines: rest.slice(at, at + MAX_LINES_PER_EVENT) } });
  }
  return events;
};

/** Takes one version of a settlement flow in, piece by piece; every piece is idempotent. */
export const decideSettlementFlow = (command: SettlementFlowCommand, flow: FlowLife): SettlementFlowEvent[] => {
  switch (command.type) {
    case 'OpenVersion':
      return openVersion(command.header, flow);
    case 'AddLines':
      return addLines(command.version, command.from, command.lines, flow);
    case 'CompleteVersion': {
      const known = flow.versions[command.version];
      const { type: _, ...data } = command;
      return !known || known.completed || known.voided ? [] : [{ type: 'SettlementFlowCompleted', data }];
    }
  }
};
