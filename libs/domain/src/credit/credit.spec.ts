import fc from 'fast-check';
import { COMUNE, aCredit, day, eur } from '../../../../test/support/facts';
import { specify } from '../../../../test/support/specify';
import { NO_CREDIT, countingContent, creditFingerprint, evolveCredit, netCents, regularizedCents, reversedCents } from './credit';
import { decideCredit, type CreditCommand } from './decide';
import { creditId, creditStream, type CreditEvent, type CreditIdentity } from './events';

const spec = specify<CreditCommand, typeof NO_CREDIT, CreditEvent>({ initialState: NO_CREDIT, decide: decideCredit, evolve: evolveCredit });
const movement = (cents: number, ordinal = 0) => ({ on: day('2026-03-05'), amountCents: eur(cents), ordinal });
const order = (cents: number, number = '7') => ({ ...movement(cents), order: number, orderYear: 2026 });

const anyCommand: fc.Arbitrary<CreditCommand> = fc.oneof(
  fc
    .record({ cents: fc.constantFrom(100, 200), iuf: fc.constantFrom('F1', 'F2') })
    .map(({ cents, iuf }) => ({ type: 'BookCredit' as const, content: aCredit('1', cents, [iuf]) })),
  fc
    .record({ cents: fc.constantFrom(10, 20), n: fc.nat(1) })
    .map(({ cents, n }) => ({ type: 'ReverseCredit' as const, movement: movement(cents, n) })),
  fc.constantFrom(10, 20).map((cents) => ({ type: 'RegularizeCredit' as const, movement: order(cents) })),
  fc.constantFrom(10, 20).map((cents) => ({ type: 'RevertRegularization' as const, movement: order(cents) })),
);

describe('a credit in the treasury journal', () => {
  const booked: CreditEvent = { type: 'CreditBooked', data: aCredit('1', 100, ['F1']) };

  it('is booked once', () => {
    spec
      .given()
      .when({ type: 'BookCredit', content: aCredit('1', 100, ['F1']) })
      .then(booked);
    spec
      .given(booked)
      .when({ type: 'BookCredit', content: aCredit('1', 100, ['F1']) })
      .thenNothing();
  });

  it('is a conflict when the same document comes with another amount, and the smaller content counts either way', () => {
    const other = aCredit('1', 200, ['F1']);
    spec.given(booked).when({ type: 'BookCredit', content: other }).then({ type: 'CreditConflicted', data: other });
    for (const contents of [
      [booked.data, other],
      [other, booked.data],
    ]) {
      expect(countingContent({ ...NO_CREDIT, contents })).toEqual(booked.data);
    }
  });

  it('brings what is booked less what the treasurer takes back, and never less than nothing', () => {
    const after = (...commands: CreditCommand[]) => spec.after([{ type: 'BookCredit', content: aCredit('1', 100, []) }, ...commands]);
    expect(netCents(after({ type: 'ReverseCredit', movement: movement(40) }))).toBe(60);
    expect(netCents(after({ type: 'ReverseCredit', movement: movement(140) }))).toBe(0);
  });

  it('brings nothing while only its storno is known: files have no order', () => {
    const only = spec.after([{ type: 'ReverseCredit', movement: movement(40) }]);
    expect([netCents(only), reversedCents(only)]).toEqual([0, 40]);
  });

  it('takes two equal movements of one journal as two, and the same movement of two journals as one', () => {
    const twice: CreditCommand[] = [0, 1, 0].map((ordinal) => ({ type: 'ReverseCredit', movement: movement(10, ordinal) }));
    expect(reversedCents(spec.after(twice))).toBe(20);
  });

  it('is covered by collection orders, and open again when the coverage is undone', () => {
    const covered: CreditCommand = { type: 'RegularizeCredit', movement: order(60) };
    expect(regularizedCents(spec.after([covered]))).toBe(60);
    expect(regularizedCents(spec.after([covered, { type: 'RevertRegularization', movement: order(60) }]))).toBe(0);
  });

  it('takes in the same movement twice and adds nothing the second time, whatever came before', () =>
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 8 }), anyCommand, (history, last) => {
        expect(spec.adds([...history, last], last)).toEqual([]);
      }),
      { numRuns: 500 },
    ));

  it('ends with the same figures whatever came first', () =>
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 8 }), (commands) => {
        const figures = (order: readonly CreditCommand[]) => {
          const credit = spec.after(order);
          const content = countingContent(credit);
          return [content && creditFingerprint(content), netCents(credit), reversedCents(credit), regularizedCents(credit)];
        };
        expect(figures([...commands].reverse())).toEqual(figures(commands));
      }),
    ));

  it('is folded over events of a newer version without a change', () => {
    expect(evolveCredit(NO_CREDIT, { type: 'SomethingNewer', data: {} } as never)).toEqual({ ...NO_CREDIT, revision: 0 });
  });
});

describe('the id of a credit', () => {
  const identity: CreditIdentity = { treasurer: '03069', fiscalYear: 2026, kind: 'sospeso', documentNumber: '4411' };

  it('is readable', () => expect(creditId(identity)).toBe('03069.2026.sospeso.4411'));
  it('does not mind leading zeros: sources print them or not', () =>
    expect(creditId({ ...identity, documentNumber: '0004411' })).toBe(creditId(identity)));
  it('keeps a number that is zero', () => expect(creditId({ ...identity, documentNumber: '000' })).toBe('03069.2026.sospeso.0'));

  it('can be taken apart again, whatever a treasurer prints: so it never names two credits at once', () =>
    fc.assert(
      fc.property(anyIdentity, ({ treasurer, fiscalYear, kind, documentNumber, progressive }) => {
        const id = creditId({ treasurer, fiscalYear, kind, documentNumber, ...(progressive !== undefined && { progressive }) });
        const parts = [treasurer, String(fiscalYear), kind, documentNumber, ...(progressive !== undefined ? [progressive] : [])];
        expect(id.split('.').map(decodeURIComponent)).toEqual(parts);
        expect(creditStream(COMUNE, id).split(/[-_]/)).toHaveLength(3);
      }),
    ));

  const text = fc.stringMatching(/^[1-9._-]{1,3}$/);
  const anyIdentity: fc.Arbitrary<CreditIdentity> = fc
    .tuple(
      fc.constantFrom('03069', '05696'),
      fc.constantFrom('sospeso' as const, 'reversale' as const),
      text,
      fc.option(text, { nil: undefined }),
    )
    .map(([treasurer, kind, documentNumber, progressive]) => ({
      treasurer,
      fiscalYear: 2026,
      kind,
      documentNumber,
      ...(progressive !== undefined && { progressive }),
    }));
});
