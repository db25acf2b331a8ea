import { type Cents, type OrgId } from '@quadra/kernel';
import type { JournalAccount, JournalHeader } from '@quadra/domain';
import { FieldError, date, identifier, required, wholeNumber } from '../fields';
import { FormatError, type IntakeRecord } from '../intake';
import { reject } from '../records';
import type { XmlHandlers } from '../xml';
import { journalAmount } from './fields';
import { SchemaSigns } from './schema';

export const OPI_ROOT = 'flusso_giornale_di_cassa';
export const ACCOUNT = 'informazioni_conto_evidenza';
export const MOVEMENT = `${ACCOUNT}/movimento_conto_evidenza`;

/** A page lists every account of the body; a treasurer keeps some dozens. */
const MAX_ACCOUNTS = 2_000;

/** Page numbers have at most seven digits (`OnlyNumMax7`). */
const MAX_PAGE = 9_999_999;

/** `GDC-<digits>…#<page>#<pages>`: the part before is equal on all pages. */
const PAGE_PART = /#(\d{3})#(\d{3})$/;

const BALANCES = [
  ['openingCents', 'saldo_precedente_conto_evidenza'],
  ['inCents', 'totale_entrate_conto_evidenza'],
  ['outCents', 'totale_uscite_conto_evidenza'],
  ['closingCents', 'saldo_finale_conto_evidenza'],
] as const;

interface AccountBlock {
  readonly line: number;
  readonly fields: Map<string, string>;
}

export interface PageId {
  readonly treasurer: string;
  readonly documentId: string;
  readonly page: number;
  readonly pagesTotal: number;
}

/** Hears everything on a page but its movements; of these it only counts, and looks for signs of the schema version. */
export class HeaderCollector implements XmlHandlers {
  readonly roots = [OPI_ROOT];
  readonly fields = new Map<string, string>();
  readonly blocks: AccountBlock[] = [];
  readonly signs = new SchemaSigns();
  rootLine = 1;
  movements = 0;

  openElement(path: string, line: number): void {
    if (path === '') this.rootLine = line;
    else if (path === MOVEMENT) this.movements++;
    else if (path === ACCOUNT) {
      if (this.blocks.length >= MAX_ACCOUNTS)
        throw new FormatError('TOO_MANY_ACCOUNTS', `More than ${MAX_ACCOUNTS} accounts on a page`, line);
      this.blocks.push({ line, fields: new Map() });
    }
  }

  text(path: string, value: string): void {
    this.signs.see(path, value);
    if (path.startsWith(MOVEMENT) || path.startsWith('Signature/')) return;
    if (path.startsWith(`${ACCOUNT}/`)) this.blocks[this.blocks.length - 1]!.fields.set(path.slice(ACCOUNT.length + 1), value);
    else this.fields.set(path, value);
  }
}

/** @throws FieldError when the document id or the page numbers break their rules */
export const pageIdOf = (fields: ReadonlyMap<string, string>): PageId => {
  const treasurer = identifier('codice_ABI_BT', fields.get('testata_messaggio/codice_ABI_BT'), 5);
  if (!/^\d{5}$/.test(treasurer)) throw new FieldError('codice_ABI_BT', 'NUMBER_INVALID', 'codice_ABI_BT is not a bank code of 5 digits');
  const id = identifier('identificativo_flusso_BT', fields.get('identificativo_flusso_BT'), 120);
  const [, ownPage, ownTotal] = PAGE_PART.exec(id) ?? [];
  const page = wholeNumber('pagina', fields.get('pagina') ?? ownPage ?? '1', 1, MAX_PAGE);
  const pagesTotal = wholeNumber('pagine_totali', fields.get('pagine_totali') ?? ownTotal ?? '1', 1, MAX_PAGE);
  if (page > pagesTotal) throw new FieldError('pagina', 'PAGE_INVALID', `pagina ${page} is beyond pagine_totali ${pagesTotal}`);
  return { treasurer, documentId: id.replace(PAGE_PART, ''), page, pagesTotal };
};

/** @throws FieldError `ORGANIZATION_MISMATCH` when the journal is another body's, or a field that is missing or wrong */
export const headerOf = ({ fields, signs }: HeaderCollector, org: OrgId): JournalHeader => {
  const owner = required('codice_fiscale_ente', fields.get('testata_messaggio/codice_fiscale_ente'));
  if (owner !== org)
    throw new FieldError('codice_fiscale_ente', 'ORGANIZATION_MISMATCH', `The journal belongs to ${owner.slice(0, 16)}, not to ${org}`);
  const day = fields.get('data_riferimento_GdC');
  const [fromField, toField] = ['data_inizio_periodo_riferimento', 'data_fine_periodo_riferimento'];
  const from = day === undefined ? date(fromField, fields.get(fromField)) : date('data_riferimento_GdC', day);
  const to = day === undefined ? date(toField, fields.get(toField)) : from;
  if (from > to) throw new FieldError(toField, 'DATE_INVALID', `The period ends on ${to}, before it begins on ${from}`);
  const fiscalYear = wholeNumber('esercizio', fields.get('esercizio'), 1999, 2099);
  return { ...pageIdOf(fields), fiscalYear, from, to, schema: signs.version() };
};

/** The accounts of a page in their order; a balance that is no amount is rejected on its own and left out. */
export const accountsOf = (blocks: readonly AccountBlock[]): { accounts: JournalAccount[]; rejects: IntakeRecord[] } => {
  const rejects: IntakeRecord[] = [];
  const balance = ({ line, fields }: AccountBlock, field: string): Cents | undefined => {
    const text = fields.get(field);
    if (text === undefined || text.trim() === '') return undefined;
    try {
      return journalAmount(field, text);
    } catch (error) {
      rejects.push(reject(line, error));
      return undefined;
    }
  };
  const accounts = blocks.map((block): JournalAccount => {
    const balances = BALANCES.flatMap(([name, field]) => {
      const cents = balance(block, field);
      return cents === undefined ? [] : [[name, cents] as const];
    });
    return { account: accountName(block), ...Object.fromEntries(balances) };
  });
  return { accounts, rejects };
};

const accountName = ({ fields }: AccountBlock): string => identifier('conto_evidenza', fields.get('conto_evidenza'), 64);
