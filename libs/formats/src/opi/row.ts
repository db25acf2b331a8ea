import { type CreditContent, type CreditIdentity, creditId, type JournalHeader, type JournalRow } from '@quadra/domain';
import type { Cents, LocalDate } from '@quadra/kernel';
import { date, FieldError, freeText, required } from '../fields';
import type { CreditEffect, IntakeRecord, PersonalFields, ReaderContext } from '../intake';
import { type Coverage, type Operation, operationOf } from './effects';
import { documentNumber, isNone, journalAmount, optionalId, positiveAmount } from './fields';
import { MAX_PROVISIONALS, type Movement } from './movement';
import { normalizedText, readRemittance } from './remittance';

/** SEPA's word for "no end-to-end id". */
const NOT_PROVIDED = /^NOT ?PROVIDED$/i;
/** The longest remittance text that is kept; what matters was read from it before. */
const MAX_KEPT_TEXT = 4_000;

/** Ids of 35 and ways of execution of 64 characters are the longest that the schemas know. */
const MAX_ATTRIBUTE = 70;

/** What no decision depends on: absent rather than wrong when it is too long for what it should be. */
const attribute = (text: string | undefined): string | undefined => {
  const value = freeText(text);
  return value !== undefined && value.length <= MAX_ATTRIBUTE ? value : undefined;
};

/** Counts equal movements of one document, over its pages: the second storno of one credit on one day is another one. */
export class Ordinals {
  private readonly counts = new Map<string, number>();

  next(key: string): number {
    const ordinal = this.counts.get(key) ?? 0;
    this.counts.set(key, ordinal + 1);
    return ordinal;
  }
}

interface Row {
  readonly movement: Movement;
  readonly header: JournalHeader;
  readonly account: string;
  readonly on: LocalDate;
  readonly cents: Cents;
}

/** One movement as one `journal-row`. @throws FieldError when a field that is needed is missing or wrong */
export const rowOf = (movement: Movement, account: string, header: JournalHeader, ctx: ReaderContext, ordinals: Ordinals): IntakeRecord => {
  const field = (name: string): string | undefined => movement.fields.get(name);
  if (movement.repeated !== undefined) throw new FieldError(movement.repeated, 'FIELD_TWICE', `${movement.repeated} stands twice`);
  const [direction, document, operation] = ['tipo_movimento', 'tipo_documento', 'tipo_operazione'].map((name) =>
    required(name, field(name)),
  );
  const coverages = coveragesOf(movement);
  const does = operationOf(direction!, document!, operation!, coverages.length > 0);
  const row: Row = {
    movement,
    header,
    account,
    on: date('data_movimento', field('data_movimento')),
    cents: journalAmount('importo', field('importo')),
  };
  const effects = effectsOf(does, row, coverages, ctx, ordinals);
  const number = optionalId('numero_documento', field('numero_documento'), 18) ?? '';
  const progressive = optionalId('progressivo_documento', field('progressivo_documento'), 18) ?? '';
  const tuple: JournalRow = [direction!, document!, operation!, number, progressive, account, row.cents, row.on];
  const base = { kind: 'journal-row' as const, line: movement.line, row: tuple, effects };
  return does.does === 'books' ? { ...base, personal: personalOf(movement) } : base;
};

const effectsOf = (does: Operation, row: Row, coverages: readonly Coverage[], ctx: ReaderContext, ordinals: Ordinals): CreditEffect[] => {
  switch (does.does) {
    case 'books':
      return [{ effect: 'booked', content: contentOf(identityOf(does.kind, row), row, ctx) }];
    case 'reverses':
      return [reversal(identityOf(does.kind, row), row, ordinals)];
    case 'covers':
    case 'uncovers':
      return coverages.map((coverage) =>
        regularization(does.does === 'covers' ? 'regularized' : 'regularization-reverted', coverage, row, ordinals),
      );
    default:
      return [];
  }
};

/** 1.4 names one provisional document without an amount: the order's amount covers it. Since 1.6.1 each has its own. */
const coveragesOf = (movement: Movement): Coverage[] => {
  const { fields, provisionals } = movement;
  if (provisionals.length > MAX_PROVISIONALS)
    throw new FieldError('sospeso', 'TOO_MANY', `More than ${MAX_PROVISIONALS} provisional documents`);
  const listed = provisionals.map((part) => ({
    number: documentNumber('numero_provvisorio', part.number),
    cents: positiveAmount('importo_provvisorio', part.amount),
  }));
  const single = fields.get('numero_sospeso');
  if (listed.length > 0 || isNone(single)) return listed;
  return [{ number: documentNumber('numero_sospeso', single), cents: positiveAmount('importo', fields.get('importo')) }];
};

const identityOf = (kind: CreditIdentity['kind'], { movement, header }: Row): CreditIdentity => {
  const progressive =
    kind === 'reversale' ? optionalId('progressivo_documento', movement.fields.get('progressivo_documento'), 18) : undefined;
  return {
    treasurer: header.treasurer,
    fiscalYear: header.fiscalYear,
    kind,
    documentNumber: documentNumber('numero_documento', movement.fields.get('numero_documento')),
    ...(progressive === undefined ? {} : { progressive }),
  };
};

const contentOf = (identity: CreditIdentity, row: Row, ctx: ReaderContext): Omit<CreditContent, 'personalRef'> => {
  const field = (name: string): string | undefined => row.movement.fields.get(name);
  const text = normalizedText(field('causale') ?? '');
  const endToEndIds = ['end_to_end_id', 'dati_a_disposizione_BT/identificativo_end_to_end']
    .map((name) => freeText(field(name)) ?? '')
    .filter((id) => id !== '' && !NOT_PROVIDED.test(id));
  const endToEndId = endToEndIds.find((id) => id.length <= MAX_ATTRIBUTE);
  const bankReference = attribute(field('codice_riferimento_operazione')) ?? attribute(field('dati_a_disposizione_BT/cro'));
  const receiptNumber = isNone(field('numero_bolletta_quietanza'))
    ? undefined
    : documentNumber('numero_bolletta_quietanza', field('numero_bolletta_quietanza'));
  const valueOn = optionalId('data_valuta_ente', field('data_valuta_ente'), 40);
  const executionType = attribute(field('tipo_esecuzione'));
  return {
    ...identity,
    ...(receiptNumber === undefined ? {} : { receiptNumber }),
    account: row.account,
    bookedOn: row.on,
    ...(valueOn === undefined ? {} : { valueOn: date('data_valuta_ente', valueOn) }),
    amountCents: positiveAmount('importo', field('importo')),
    ...(endToEndId === undefined ? {} : { endToEndId }),
    ...(bankReference === undefined ? {} : { bankReference }),
    ...(executionType === undefined ? {} : { executionType }),
    ...readRemittance(ctx, text, endToEndIds),
    textDigest: ctx.digest(text),
  };
};

/** The number of the receipt that did it; a storno has a receipt number of its own. */
const receiptOf = (movement: Movement, isStorno: boolean): { document?: string } => {
  const names = isStorno ? ['numero_bolletta_quietanza_storno', 'numero_bolletta_quietanza'] : ['numero_bolletta_quietanza'];
  const name = names.find((candidate) => !isNone(movement.fields.get(candidate)));
  return name === undefined ? {} : { document: documentNumber(name, movement.fields.get(name)) };
};

const reversal = (credit: CreditIdentity, row: Row, ordinals: Ordinals): CreditEffect => {
  const amountCents = positiveAmount('importo', row.movement.fields.get('importo'));
  const document = receiptOf(row.movement, true);
  const ordinal = ordinals.next(['reversed', creditId(credit), row.on, amountCents, document.document].join(' '));
  return { effect: 'reversed', credit, on: row.on, amountCents, ordinal, ...document };
};

const regularization = (
  effect: 'regularized' | 'regularization-reverted',
  { number, cents }: Coverage,
  row: Row,
  ordinals: Ordinals,
): CreditEffect => {
  const { treasurer, fiscalYear } = row.header;
  const credit: CreditIdentity = { treasurer, fiscalYear, kind: 'sospeso', documentNumber: number };
  const order = documentNumber('numero_documento', row.movement.fields.get('numero_documento'));
  const document = receiptOf(row.movement, effect === 'regularization-reverted');
  const ordinal = ordinals.next([effect, creditId(credit), row.on, cents, order, document.document].join(' '));
  return { effect, credit, on: row.on, amountCents: cents, ordinal, ...document, order, orderYear: fiscalYear };
};

/** What names people: the remittance text and the ordering party (*cliente*). */
const personalOf = ({ fields }: Movement): PersonalFields => {
  const parts: readonly (readonly [string, string, number])[] = [
    ['remittanceText', 'causale', MAX_KEPT_TEXT],
    ['orderingPartyName', 'cliente/anagrafica_cliente', 255],
    ['orderingPartyCode', 'cliente/codice_fiscale_cliente', 35],
    ['orderingPartyVatNumber', 'cliente/partita_iva_cliente', 35],
  ];
  return Object.fromEntries(
    parts.flatMap(([name, field, max]) => {
      const value = freeText(fields.get(field), max);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
};
