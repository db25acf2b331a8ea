import type { RemittanceCandidate } from '@quadra/domain';
import { chooseFlows, parseRemittance } from '.';

const known =
  (...ids: string[]) =>
  (key: string): boolean =>
    ids.map((id) => id.toUpperCase()).includes(key);

const candidate = (iuf: string, tier: RemittanceCandidate['tier'], group?: number): RemittanceCandidate => ({
  iuf,
  tier,
  ...(group === undefined ? {} : { group }),
});

describe('Which flows a credit names', () => {
  it('believes a spelling only when the organization knows a flow of that id', () => {
    const { candidates } = parseRemittance('/PUR/LGPE-RIVERSAMENTO/TXT/1/URI/2025-09-23BPPI ITRRXXX-0000381');
    expect(chooseFlows(candidates, known('2025-09-23BPPIITRRXXX-0000381'))).toEqual([
      { iuf: '2025-09-23BPPIITRRXXX-0000381', tier: 'repaired', progressive: 1 },
    ]);
    expect(chooseFlows(candidates, known())).toEqual([]);
  });

  it('compares without regard to case', () => {
    const { candidates } = parseRemittance('/PUR/LGPE-RIVERSAMENTO/URI/2025-09-23bppi-s1');
    expect(chooseFlows(candidates, known('2025-09-23BPPI-S1'))).toEqual([{ iuf: '2025-09-23bppi-s1', tier: 'exact' }]);
  });

  it('takes the exact spelling before a repaired one of the same id', () => {
    const { candidates } = parseRemittance('/PUR/LGPE-RIVERSAMENTO/URI/2025-09-23BPPI-S1 2');
    expect(chooseFlows(candidates, known('2025-09-23BPPI-S1', '2025-09-23BPPI-S12'))).toEqual([
      { iuf: '2025-09-23BPPI-S1', tier: 'exact' },
    ]);
  });

  it('believes none of two known spellings of one tier: a wrong match is worse than none', () => {
    const { candidates } = parseRemittance('PUR LGPE-RIVERSAMENTO URI 2025-09-23BPPI-S1 2');
    expect(chooseFlows(candidates, known('2025-09-23BPPI-S1', '2025-09-23BPPI-S12'))).toEqual([]);
  });

  it('names each of several flows once, in the order of the text, the exact reading first', () => {
    const candidates = [
      candidate('2025-01-02B-1', 'repaired', 0),
      candidate('2025-01-01A-1', 'repaired', 1),
      candidate('2025-01-02b-1', 'exact', 2),
    ];
    expect(chooseFlows(candidates, known('2025-01-01A-1', '2025-01-02B-1'))).toEqual([
      { iuf: '2025-01-02b-1', tier: 'exact' },
      { iuf: '2025-01-01A-1', tier: 'repaired' },
    ]);
  });

  it('takes candidates without a group each for itself', () => {
    expect(chooseFlows([candidate('2025-01-01A-1', 'repaired'), candidate('2025-01-02B-1', 'repaired')], () => true)).toHaveLength(2);
  });
});
