import type { CreditIdentity } from '@quadra/domain';
import type { Cents } from '@quadra/kernel';
import { FieldError } from '../fields';

/** What a movement does, before the rest of its fields is read (docs/reference/treasury-journal.md). */
export type Operation =
  | { readonly does: 'books' | 'reverses'; readonly kind: CreditIdentity['kind'] }
  | { readonly does: 'covers' | 'uncovers' }
  | { readonly does: 'nothing' };

/** A provisional document and the part of it that an order covers. */
export interface Coverage {
  readonly number: string;
  readonly cents: Cents;
}

const DOCUMENTS = new Set([
  'REVERSALE',
  'MANDATO',
  'SOSPESO ENTRATA',
  'SOSPESO USCITA',
  'ANTICIPAZIONE',
  'GIROCONTO',
  'FONDO DI CASSA',
  'DEFICIT DI CASSA',
]);
const OPERATIONS = new Set(['ESEGUITO', 'STORNATO', 'REGOLARIZZATO', 'RIPRISTINATO']);

const NOTHING: Operation = { does: 'nothing' };

/**
 * The decision table. Income that is a provisional document (*sospeso*) or a collection order (*reversale*) acts on
 * credits; all else stands in the journal and acts on none.
 * @param hasProvisionals the movement lists provisional documents
 * @throws FieldError `OPI_UNKNOWN_OPERATION` for every combination that the table does not hold: nothing is guessed
 */
export const operationOf = (direction: string, document: string, operation: string, hasProvisionals: boolean): Operation => {
  if (direction !== 'ENTRATA' && direction !== 'USCITA') throw unknown('tipo_movimento', direction);
  if (!DOCUMENTS.has(document)) throw unknown('tipo_documento', document);
  if (!OPERATIONS.has(operation)) throw unknown('tipo_operazione', operation);
  if (document !== 'SOSPESO ENTRATA' && document !== 'REVERSALE') return NOTHING;
  if (direction === 'USCITA') throw unknown('tipo_movimento', `USCITA of a ${document}`);
  return document === 'REVERSALE' ? orderOperation(operation, hasProvisionals) : provisionalOperation(operation);
};

/** That a provisional document is covered is said by the order which covers it; the document's own row only repeats it. */
const provisionalOperation = (operation: string): Operation => {
  if (operation === 'ESEGUITO') return { does: 'books', kind: 'sospeso' };
  return operation === 'STORNATO' ? { does: 'reverses', kind: 'sospeso' } : NOTHING;
};

const orderOperation = (operation: string, hasProvisionals: boolean): Operation => {
  switch (operation) {
    case 'ESEGUITO':
      if (hasProvisionals) throw unknown('tipo_operazione', 'REVERSALE ESEGUITO with provisional documents: new cash or a coverage?');
      return { does: 'books', kind: 'reversale' };
    case 'STORNATO':
      return hasProvisionals ? { does: 'uncovers' } : { does: 'reverses', kind: 'reversale' };
    case 'REGOLARIZZATO':
      return hasProvisionals ? { does: 'covers' } : NOTHING;
    default:
      return hasProvisionals ? { does: 'uncovers' } : NOTHING;
  }
};

const unknown = (field: string, value: string): FieldError =>
  new FieldError(field, 'OPI_UNKNOWN_OPERATION', `The decision table knows no ${field} "${value.slice(0, 80)}"`);
