import fc from 'fast-check';
import { addCents, formatEuro, parseEuro, sumCents, toCents } from './money';

describe('an amount in euro', () => {
  it.each([
    ['1234.50', 123450],
    ['1234,5', 123450],
    ['-3', -300],
    ['+0.07', 7],
    [' 12 ', 1200],
    ['-0', 0],
    ['9999999999999.99', 999999999999999],
  ])('reads %p as %p cents', (text, cents) => expect(parseEuro(text)).toBe(cents));

  it.each(['', '1.234,50', '1,234.50', '0.001', '1e3', '12.', '.5', '€ 1', 'NaN', '1 000', '--1', '10000000000000'])('refuses %p', (text) =>
    expect(parseEuro(text)).toBeUndefined(),
  );

  it('means to the cent what exact arithmetic says, for every amount that can be written', () =>
    fc.assert(
      fc.property(
        fc.bigInt(0n, 9_999_999_999_999n),
        fc.integer({ min: 0, max: 99 }),
        fc.constantFrom('', '-', '+'),
        fc.constantFrom('.', ','),
        (euro, cent, sign, point) => {
          const exact = (sign === '-' ? -1n : 1n) * (euro * 100n + BigInt(cent));
          expect(BigInt(parseEuro(`${sign}${euro}${point}${String(cent).padStart(2, '0')}`)!)).toBe(exact);
        },
      ),
      { numRuns: 1000 },
    ));

  it('is read back from what was written', () =>
    fc.assert(
      fc.property(fc.integer({ min: -999_999_999_999_999, max: 999_999_999_999_999 }), (cents) => {
        expect(parseEuro(formatEuro(cents))).toBe(cents);
        expect(formatEuro(cents)).toMatch(/^-?\d+\.\d{2}$/);
      }),
    ));

  it('never comes from a float, nor from a number too large to be exact', () => {
    for (const value of [0.5, NaN, Infinity, 2 ** 53]) expect(() => toCents(value)).toThrow('Not a whole number of cents');
    expect(() => addCents(toCents(2 ** 53 - 1), toCents(1))).toThrow('Not a whole number of cents');
    expect(() => sumCents([toCents(2 ** 53 - 1), toCents(1)])).toThrow('Not a whole number of cents');
  });

  it('adds up', () => expect(sumCents([toCents(10), toCents(20), toCents(-5)])).toBe(25));
});
