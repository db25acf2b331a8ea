import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chooseFlows, parseRemittance } from '.';

interface Case {
  readonly id: string;
  readonly causale: string;
  readonly kind: 'cumulative' | 'single' | 'none';
  readonly expected: string | string[] | null;
}

/** The corpus belongs to the specification and stays outside the repository. */
const FILE = join(__dirname, '../../../../../shared/fixtures/causali.json');
const present = existsSync(FILE);
const cases: Case[] = present ? (JSON.parse(readFileSync(FILE, 'utf8')) as Case[]) : [];
const expectedOf = (c: Case): string[] => (c.expected === null ? [] : [c.expected].flat());

(present ? describe : describe.skip)(
  `The corpus of odd remittance texts${present ? '' : ' (SKIPPED: ../shared/fixtures/causali.json is not here)'}`,
  () => {
    const known = new Set(
      cases
        .filter((c) => c.kind === 'cumulative')
        .flatMap(expectedOf)
        .map((id) => id.toUpperCase()),
    );

    it('gives the right flow first, in every text that holds one, without knowing the flows', () => {
      const wrong = cases
        .filter((c) => c.kind === 'cumulative' && expectedOf(c).length > 0)
        .filter((c) => {
          const firsts = new Map(
            parseRemittance(c.causale)
              .candidates.reverse()
              .map((x) => [x.group, x.iuf]),
          );
          return [...firsts.values()].reverse().join() !== expectedOf(c).join();
        });
      expect(wrong.map((c) => c.id)).toEqual([]);
    });

    it('names exactly the right flows once they are known', () => {
      const wrong = cases.filter(
        (c) =>
          c.kind === 'cumulative' &&
          chooseFlows(parseRemittance(c.causale).candidates, (key) => known.has(key))
            .map((x) => x.iuf)
            .join() !== expectedOf(c).join(),
      );
      expect(wrong.map((c) => c.id)).toEqual([]);
    });

    it('invents no flow and no IUV', () => {
      const invented = cases.filter((c) => {
        const { candidates, iuvs } = parseRemittance(c.causale);
        return (expectedOf(c).length === 0 || c.kind === 'single') && (candidates.length > 0 || iuvs.join() !== expectedOf(c).join());
      });
      expect(invented.map((c) => c.id)).toEqual([]);
    });
  },
);
