import fc from 'fast-check';
import { COMUNE, aFlow, aLine, eur, type FlowDocument } from '../../../../test/support/facts';
import { specify } from '../../../../test/support/specify';
import { decideSettlementFlow, type SettlementFlowCommand } from './decide';
import { MAX_LINES_PER_EVENT, flowKey, settlementFlowStream, versionKey, type FlowLine, type SettlementFlowEvent } from './events';
import { NO_FLOW, evolveFlow, flowFigures, highestVersion, rivalVersions, standingVersions } from './flow';

const spec = specify<SettlementFlowCommand, typeof NO_FLOW, SettlementFlowEvent>({
  initialState: NO_FLOW,
  decide: decideSettlementFlow,
  evolve: evolveFlow,
});

const steps = ({ header, lines }: FlowDocument): SettlementFlowCommand[] => {
  const version = versionKey(header);
  const cents = (of: readonly FlowLine[]) => eur(of.reduce((sum, l) => sum + l[3], 0));
  return [
    { type: 'OpenVersion', header },
    { type: 'AddLines', version, from: 0, lines },
    { type: 'CompleteVersion', version, count: lines.length, linesCents: cents(lines), revokedCents: eur(0) },
  ];
};
const at = (hour: string, revision: number, iur: string) =>
  aFlow('F1', [aLine('IUV1', iur, 100)], { flowDateTime: `2026-03-03T${hour}:00:00`, revision });

describe('a settlement flow', () => {
  const flow = at('06', 1, 'R1');

  it('is taken in piece by piece: header, lines, end', () => {
    const types = specify({ initialState: NO_FLOW, decide: decideSettlementFlow, evolve: evolveFlow }).after(steps(flow));
    expect(flowFigures(types)).toMatchObject({ iuf: 'F1', totalCents: 100, declaredCount: 1, linesCount: 1, linesCents: 100, rivals: [] });
  });

  it('does not count before it is whole', () => {
    expect(highestVersion(spec.after(steps(flow).slice(0, 2)))).toBeUndefined();
    expect(flowFigures(spec.after(steps(flow).slice(0, 2)))).toBeUndefined();
  });

  it('goes on where an interrupted import stopped', () => {
    const lines = Array.from({ length: 5 }, (_, i) => aLine('IUV1', `R${i}`, 10));
    const version = versionKey(flow.header);
    const half = spec.after([
      { type: 'OpenVersion', header: flow.header },
      { type: 'AddLines', version, from: 0, lines: lines.slice(0, 3) },
    ]);
    expect(decideSettlementFlow({ type: 'AddLines', version, from: 0, lines }, half)).toEqual([
      { type: 'SettlementLinesReported', data: { version, from: 3, lines: lines.slice(3) } },
    ]);
  });

  it('is cut into pieces that every store takes, and none is lost', () => {
    const lines = Array.from({ length: 2 * MAX_LINES_PER_EVENT + 1 }, (_, i) => aLine('IUV1', `R${i}`, 1));
    const version = versionKey(flow.header);
    const opened = spec.after([{ type: 'OpenVersion', header: flow.header }]);
    const events = decideSettlementFlow({ type: 'AddLines', version, from: 0, lines }, opened);
    const data = events.flatMap((e) => (e.type === 'SettlementLinesReported' ? [e.data] : []));
    expect(data.map((d) => [d.from, d.lines.length])).toEqual([
      [0, 500],
      [500, 500],
      [1000, 1],
    ]);
    expect(data.flatMap((d) => d.lines)).toEqual(lines);
  });

  it('takes no line for a version that nobody opened, or after its end', () => {
    const [, add, complete] = steps(flow);
    spec.given().when(add!).thenNothing();
    spec.given().when(complete!).thenNothing();
    expect(
      spec.adds(steps(flow), { type: 'AddLines', version: versionKey(flow.header), from: 1, lines: [aLine('IUV1', 'R9', 1)] }),
    ).toEqual([]);
  });

  it('counts in its highest version: by date-time, then revision, then content, never by arrival', () => {
    const versions = [at('06', 1, 'R1'), at('06', 2, 'R2'), at('07', 1, 'R3'), at('06', 10, 'R4')];
    for (const order of [versions, [...versions].reverse()]) {
      const life = spec.after(order.flatMap(steps));
      expect(highestVersion(life)?.header).toMatchObject({ flowDateTime: '2026-03-03T07:00:00' });
      expect(standingVersions(life).map((v) => v.header.revision)).toEqual([1, 2, 10, 1]);
    }
  });

  it('knows the rivals of its highest version: the same moment and revision with other content', () => {
    const [a, b] = [at('06', 1, 'R1'), at('06', 1, 'R2')];
    const life = spec.after([...steps(a), ...steps(b)]);
    expect(rivalVersions(life)).toHaveLength(1);
    expect(rivalVersions(spec.after([...steps(a), ...steps(at('07', 1, 'R2'))]))).toEqual([]);
  });

  it('falls back to the version below when the highest was taken back', () => {
    const [low, high] = [at('06', 1, 'R1'), at('07', 1, 'R2')];
    const voided = evolveFlow(spec.after([...steps(low), ...steps(high)]), {
      type: 'SettlementFlowVoided',
      data: { version: versionKey(high.header), reason: 'wrong file' },
    });
    expect(highestVersion(voided)?.version).toBe(versionKey(low.header));
  });

  it('compares ids without regard to case, so that banks may change it', () => {
    expect(flowKey('2026-03-03abc-1')).toBe(flowKey('2026-03-03ABC-1'));
    expect(settlementFlowStream(COMUNE, 'abc')).toBe(settlementFlowStream(COMUNE, 'ABC'));
  });

  it('takes in any step twice and adds nothing the second time, whatever came before', () => {
    const anyStep = fc
      .tuple(fc.constantFrom('06', '07'), fc.constantFrom(1, 2), fc.constantFrom('R1', 'R2'), fc.nat(2))
      .map(([hour, revision, iur, step]) => steps(at(hour, revision, iur))[step]!);
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 10 }), anyStep, (history, last) => {
        expect(spec.adds([...history, last], last)).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('is folded over events of a newer version without a change', () => {
    const life = spec.after(steps(flow));
    expect(evolveFlow(life, { type: 'SomethingNewer', data: {} } as never)).toEqual({ ...life, revision: life.revision + 1 });
  });
});
