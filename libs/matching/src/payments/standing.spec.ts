import type { SettlementFlowEvent } from '@quadra/domain';
import { NO_FLOW, decideSettlementFlow, evolveFlow, versionKey } from '@quadra/domain';
import { aFlow, aLine, day, eur, type FlowDocument } from '../../../../test/support/facts';
import { flowStanding, standingLines } from './standing';

const eventsOf = (...documents: readonly FlowDocument[]): SettlementFlowEvent[] => {
  const events: SettlementFlowEvent[] = [];
  for (const { header, lines } of documents) {
    const version = versionKey(header);
    const cents = eur(lines.reduce((sum, l) => sum + l[3], 0));
    for (const command of [
      { type: 'OpenVersion', header } as const,
      { type: 'AddLines', version, from: 0, lines } as const,
      { type: 'CompleteVersion', version, count: lines.length, linesCents: cents, revokedCents: eur(0) } as const,
    ]) {
      events.push(...decideSettlementFlow(command, events.reduce(evolveFlow, NO_FLOW)));
    }
  }
  return events;
};

/** `iur#ordinal cents`, with a minus where the highest version dropped the line. */
const lines = (events: readonly SettlementFlowEvent[], iuv = 'IUV1'): string[] =>
  (standingLines(events.reduce(evolveFlow, NO_FLOW), events).get(iuv) ?? [])
    .map(
      (l) =>
        `${l.dropped ? '-' : ''}${l.lineIur}#${l.ordinal} ${l.amountCents}${l.heldTotalCents === undefined ? '' : ` of ${l.heldTotalCents}`}`,
    )
    .sort();

const at = (hour: string) => ({ flowDateTime: `2026-03-03T${hour}:00:00` });
const first = aFlow('F1', [aLine('IUV1', 'A', 100), aLine('IUV1', 'B', 50)], at('06'));
const second = aFlow('F1', [aLine('IUV1', 'A', 90)], at('07'));
const third = aFlow('F1', [aLine('IUV1', 'C', 10)], at('08'));

describe('the lines of a flow', () => {
  it('are those of its one version', () => expect(lines(eventsOf(first))).toEqual(['A#0 100', 'B#0 50']));

  it('are those of its highest version, and those that it dropped, with the total of the version that held them last', () => {
    expect(lines(eventsOf(first, second))).toEqual(['-B#0 50 of 150', 'A#0 90']);
    expect(lines(eventsOf(first, second, third))).toEqual(['-A#0 90 of 90', '-B#0 50 of 150', 'C#0 10']);
  });

  it('do not depend on the order in which the versions came', () =>
    expect(lines(eventsOf(third, first, second))).toEqual(lines(eventsOf(first, second, third))));

  const voided = (flow: FlowDocument): SettlementFlowEvent => ({
    type: 'SettlementFlowVoided',
    data: { version: versionKey(flow.header), reason: 'wrong' },
  });
  const byIuv = (events: readonly SettlementFlowEvent[]) => standingLines(events.reduce(evolveFlow, NO_FLOW), events);

  it('are those of what is left when a version was taken back', () => {
    expect(lines([...eventsOf(first, second), voided(second)])).toEqual(['A#0 100', 'B#0 50']);
    expect(lines([...eventsOf(first, second), voided(first)])).toEqual(['A#0 90']);
  });

  it('are none, told by IUV, when every version was taken back: their payments must hear of it', () => {
    expect([...byIuv([...eventsOf(first), voided(first)])]).toEqual([['IUV1', []]]);
    const again = eventsOf(first).slice(0, 2); // reported anew and not complete yet
    expect([...byIuv([...eventsOf(first), voided(first), ...again])]).toEqual([['IUV1', []]]);
  });

  it('are told once when the version was taken back and reported anew', () => {
    const events = [...eventsOf(first), voided(first), ...eventsOf(first)];
    expect(lines(events)).toEqual(['A#0 100', 'B#0 50']);
  });

  it('keep equal lines apart by their ordinal', () =>
    expect(lines(eventsOf(aFlow('F1', [aLine('IUV1', 'A', 100), aLine('IUV1', 'A', 100)])))).toEqual(['A#0 100', 'A#1 100']));

  it('are none while no version is whole', () => expect(lines(eventsOf(first).slice(0, 2))).toEqual([]));
});

describe('the standing of a flow', () => {
  it('is unknown while no version is whole', () => expect(flowStanding(NO_FLOW, undefined)).toBeUndefined());

  it('is what the highest version declares and what money came for it', () => {
    const life = eventsOf(first, second).reduce(evolveFlow, NO_FLOW);
    expect(flowStanding(life, undefined)).toMatchObject({ totalCents: 90, linesCents: 90, allocatedCents: 0, credits: [] });
    const funding = { iuf: 'F1', allocatedCents: eur(90), surplusCents: eur(0), credits: ['C1'], creditedOn: day('2026-03-04') };
    expect(flowStanding(life, funding)).toMatchObject({ allocatedCents: 90, credits: ['C1'], creditedOn: '2026-03-04' });
  });
});
