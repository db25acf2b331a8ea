import * as fc from 'fast-check';
import { isCreditorReference, parseRemittance } from '.';
import { CUMULATIVE, NO_FLOW, SINGLE } from './sample-texts';

const best = (text: string): string[] => {
  const firsts = new Map<number, string>();
  for (const c of parseRemittance(text).candidates) if (!firsts.has(c.group!)) firsts.set(c.group!, c.iuf);
  return [...firsts.values()];
};

describe('Reading flow ids out of remittance texts', () => {
  test.each(CUMULATIVE)('reads the id first, tier and progressive: %s', (text, ids, tier, progressive) => {
    expect(best(text)).toEqual(ids);
    const { candidates } = parseRemittance(text);
    expect(candidates[0]?.tier).toBe(tier);
    expect(candidates[0]?.progressive).toBe(progressive);
  });

  test.each(NO_FLOW)('invents nothing: %s', (text) => {
    expect(parseRemittance(text)).toMatchObject({ candidates: [], iuvs: [] });
  });

  it('offers the glued spellings after the token as it stands, none with the words that banks append', () => {
    const { candidates } = parseRemittance('/PUR/LGPE-RIVERSAMENTO/URI/2024-10-01PPAYITR1XXX-S0115 16185 DATA ORD 01/10');
    expect(candidates.map((c) => [c.iuf, c.tier])).toEqual([
      ['2024-10-01PPAYITR1XXX-S0115', 'exact'],
      ['2024-10-01PPAYITR1XXX-S011516185', 'repaired'],
    ]);
  });

  it('takes an id without a dash as it stands, but reads it as exact only where nothing could go on', () => {
    const tiers = (text: string) => parseRemittance(text).candidates.map((c) => [c.iuf, c.tier]);
    expect(tiers('/PUR/LGPE-RIVERSAMENTO/URI/2024-10-01PPAYITR1XXX')).toEqual([['2024-10-01PPAYITR1XXX', 'exact']]);
    expect(tiers('/PUR/LGPE-RIVERSAMENTO/URI/2024-10-01PPAYITR1XXX OTHER')).toEqual([['2024-10-01PPAYITR1XXX', 'repaired']]);
  });
});

describe('Reading IUVs out of remittance texts', () => {
  test.each(SINGLE)('%s', (text, iuvs) => {
    expect(parseRemittance(text)).toMatchObject({ candidates: [], iuvs });
  });

  it('checks the digits of a structured creditor reference', () => {
    expect(isCreditorReference('RF18539007547034')).toBe(true);
    expect(isCreditorReference('RF19539007547034')).toBe(false);
    expect(isCreditorReference('RF18')).toBe(false);
  });
});

const idText = fc
  .tuple(fc.integer({ min: 0, max: 20_000 }), fc.stringMatching(/^[A-Z][A-Za-z0-9]{3,10}$/), fc.stringMatching(/^[A-Za-z0-9]{1,12}$/))
  .map(([day, sender, progressive]) => `${new Date(Date.UTC(1990, 0, 1 + day)).toISOString().slice(0, 10)}${sender}-${progressive}`);

describe('Any flow id', () => {
  it('is read whatever stands for the slashes and wherever one blank is put in, and says so in its tier', () => {
    fc.assert(
      fc.property(idText, fc.constantFrom('/', ' ', '.'), fc.nat(), fc.boolean(), (id, mark, cut, lower) => {
        const text = ['', 'PUR', 'LGPE-RIVERSAMENTO', 'URI', id].join(mark);
        const at = 1 + (cut % (text.length - 1));
        const wrapped = `${text.slice(0, at)} ${text.slice(at)}`;
        const { candidates } = parseRemittance(lower ? wrapped.toLowerCase() : wrapped);
        const keys = candidates.map((c) => c.iuf.toUpperCase());
        expect(keys).toContain(id.toUpperCase());
        expect(keys.length).toBeLessThanOrEqual(8);
        if (lower || mark !== '/') expect(candidates.every((c) => c.tier === 'repaired')).toBe(true);
      }),
    );
  });

  it('is never longer than 35 characters, always of the alphabet and begins with a day that exists, whatever the text', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '/PUR/',
        'LGPE-',
        'RIVERSAMENTO',
        '/URI/',
        ' URI ',
        '/TXT/1',
        '2024-10-01',
        '2024-02-30',
        '-',
        ' ',
        '/',
        '/RFS/RF18',
        '/RFB/',
        '.',
      ),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        for (const { iuf } of parseRemittance(pieces.join('')).candidates) {
          expect(iuf).toMatch(/^\d{4}-\d{2}-\d{2}[A-Za-z0-9_-]{1,25}$/);
          expect(new Date(`${iuf.slice(0, 10)}T00:00:00Z`).toISOString().slice(0, 10)).toBe(iuf.slice(0, 10));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('has at most eight spellings in a group, even where every character is followed by a blank', () => {
    const text = `/PUR/LGPE-RIVERSAMENTO/URI/${[...'2024-10-01AB-CDEFGHIJKLMNOPQRSTUV'].join(' ')}`;
    expect(parseRemittance(text).candidates).toHaveLength(8);
  });

  it('beyond 4,000 characters is not looked for', () => {
    const id = '/PUR/LGPE-RIVERSAMENTO/URI/2024-10-01ABCD-1';
    expect(best(' '.repeat(3_900) + id)).toEqual(['2024-10-01ABCD-1']);
    expect(parseRemittance(' '.repeat(4_000) + id).candidates).toEqual([]);
  });
});
