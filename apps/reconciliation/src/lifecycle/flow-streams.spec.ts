import type { StoredEvent } from '@quadra/event-store';
import { FlowStreams } from './flow-streams';

const event = (revision: number, type: string, lines = 0): StoredEvent =>
  ({ revision, type, data: { lines: Array.from({ length: lines }, () => []) } }) as unknown as StoredEvent;

const flow = (lines: number): StoredEvent[] => [
  event(0, 'SettlementFlowReported'),
  event(1, 'SettlementLinesReported', lines),
  event(2, 'SettlementFlowCompleted'),
];

describe('the lines of a flow that came by lately', () => {
  const take = (streams: FlowStreams, key: string, events: readonly StoredEvent[]) => events.forEach((e) => streams.take(key, e));

  it('are at hand when all of the flow came by', () => {
    const streams = new FlowStreams(1_000);
    take(streams, 'F', flow(10));
    expect(streams.whole('F', 2)).toEqual(flow(10));
  });

  it('are read from the store when it began before this process, or more of it is known than came by', () => {
    const streams = new FlowStreams(1_000);
    take(streams, 'F', flow(10).slice(1));
    expect(streams.whole('F', 2)).toBeUndefined();
    take(streams, 'G', flow(10));
    expect(streams.whole('G', 3)).toBeUndefined();
    expect(streams.whole('unknown', -1)).toBeUndefined();
  });

  it('are not doubled when events come again', () => {
    const streams = new FlowStreams(1_000);
    take(streams, 'F', flow(10));
    take(streams, 'F', flow(10).slice(1));
    expect(streams.whole('F', 2)).toEqual(flow(10));
    take(streams, 'F', flow(10));
    expect(streams.whole('F', 2)).toEqual(flow(10));
  });

  it('are let go of when other flows bring many', () => {
    const streams = new FlowStreams(1_000);
    take(streams, 'F', flow(10));
    for (let n = 0; n < 4; n++) take(streams, `large ${n}`, flow(400));
    expect(streams.whole('F', 2)).toBeUndefined();
    expect(streams.whole('large 3', 2)).toBeDefined();
  });

  it('of one flow larger than half of all are never kept, also when more of it comes later', () => {
    const streams = new FlowStreams(1_000);
    take(streams, 'F', flow(600));
    expect(streams.whole('F', 2)).toBeUndefined();
    take(streams, 'G', flow(300));
    for (let n = 0; n < 3; n++) take(streams, `other ${n}`, flow(100));
    take(streams, 'G', [event(3, 'SettlementFlowVoided')]);
    for (let n = 3; n < 6; n++) take(streams, `other ${n}`, flow(100));
    expect(streams.whole('G', 3)).toHaveLength(4);
    for (let n = 6; n < 12; n++) take(streams, `other ${n}`, flow(100));
    expect(streams.whole('G', 3)).toBeUndefined();
  });
});
