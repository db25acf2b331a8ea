import * as fc from 'fast-check';
import { FieldError } from '../fields';
import { operationOf } from './effects';

const SAYS: Record<string, unknown> = {
  books: { does: 'books', kind: 'sospeso' },
  reverses: { does: 'reverses', kind: 'sospeso' },
  nothing: { does: 'nothing' },
  'books order': { does: 'books', kind: 'reversale' },
  'reverses order': { does: 'reverses', kind: 'reversale' },
  covers: { does: 'covers' },
  uncovers: { does: 'uncovers' },
};

describe('The decision table of the treasury journal', () => {
  test.each([
    ['SOSPESO ENTRATA', 'ESEGUITO', false, 'books'],
    ['SOSPESO ENTRATA', 'STORNATO', false, 'reverses'],
    ['SOSPESO ENTRATA', 'REGOLARIZZATO', false, 'nothing'],
    ['SOSPESO ENTRATA', 'RIPRISTINATO', false, 'nothing'],
    ['REVERSALE', 'ESEGUITO', false, 'books order'],
    ['REVERSALE', 'STORNATO', false, 'reverses order'],
    ['REVERSALE', 'STORNATO', true, 'uncovers'],
    ['REVERSALE', 'REGOLARIZZATO', true, 'covers'],
    ['REVERSALE', 'REGOLARIZZATO', false, 'nothing'],
    ['REVERSALE', 'RIPRISTINATO', true, 'uncovers'],
    ['REVERSALE', 'RIPRISTINATO', false, 'nothing'],
  ])('%s %s, provisional documents listed: %s → %s', (document, operation, listed, says) => {
    expect(operationOf('ENTRATA', document, operation, listed)).toEqual(SAYS[says]);
  });

  const others = ['MANDATO', 'SOSPESO USCITA', 'ANTICIPAZIONE', 'GIROCONTO', 'FONDO DI CASSA', 'DEFICIT DI CASSA'];
  const operations = ['ESEGUITO', 'STORNATO', 'REGOLARIZZATO', 'RIPRISTINATO'];

  it('money out, transfers between accounts and advances act on no credit, whatever the operation', () => {
    for (const document of others)
      for (const operation of operations)
        for (const direction of ['ENTRATA', 'USCITA'])
          expect(operationOf(direction, document, operation, false)).toEqual({ does: 'nothing' });
  });

  it('an executed order that lists provisional documents is refused: new cash or a coverage?', () => {
    expect(() => operationOf('ENTRATA', 'REVERSALE', 'ESEGUITO', true)).toThrow('cash or a coverage');
  });

  it('a provisional document or order of income on the side of expenses is refused', () => {
    for (const document of ['SOSPESO ENTRATA', 'REVERSALE'])
      expect(() => operationOf('USCITA', document, 'STORNATO', false)).toThrow(FieldError);
  });

  it('no word that the table does not hold is guessed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(0, 1, 2),
        fc.oneof(fc.string(), fc.constantFrom('eseguito', 'ANNULLATO', 'REVERSALI', '__proto__')),
        (at, word) => {
          const words = ['ENTRATA', 'REVERSALE', 'ESEGUITO'];
          fc.pre(![...words, ...others, ...operations, 'USCITA', 'SOSPESO ENTRATA'].includes(word));
          words[at] = word;
          expect(() => operationOf(words[0]!, words[1]!, words[2]!, false)).toThrow(
            expect.objectContaining({ code: 'OPI_UNKNOWN_OPERATION' }),
          );
        },
      ),
    );
  });
});
