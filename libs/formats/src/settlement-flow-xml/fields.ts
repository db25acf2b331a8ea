import { type Cents, type OrgId, toCents } from '@quadra/kernel';
import type { FlowHeader, FlowLine } from '@quadra/domain';
import { romeClock } from '../dates';
import { FieldError, amount, date, freeText, identifier, required, signedAmount, transferIndex, wholeNumber } from '../fields';

export const LINE_PATH = 'datiSingoliPagamenti';

const SENDER = 'istitutoMittente/identificativoUnivocoMittente';
const RECEIVER = 'istitutoRicevente/identificativoUnivocoRicevente/codiceIdentificativoUnivoco';

/** Paths of the header inside `FlussoRiversamento`. */
export const HEADER_PATHS: ReadonlySet<string> = new Set([
  ...['identificativoFlusso', 'revisioneFlusso', 'dataOraFlusso', 'identificativoUnivocoRegolamento', 'dataRegolamento'],
  ...[`${SENDER}/tipoIdentificativoUnivoco`, `${SENDER}/codiceIdentificativoUnivoco`, 'istitutoMittente/denominazioneMittente'],
  ...['codiceBicBancaDiRiversamento', RECEIVER, 'numeroTotalePagamenti', 'importoTotalePagamenti'],
]);

/** The fields of a line, by their slot in `RawLine`. */
export const LINE_SLOTS: ReadonlyMap<string, number> = new Map(
  [
    'identificativoUnivocoVersamento',
    'identificativoUnivocoRiscossione',
    'indiceDatiSingoloPagamento',
    'singoloImportoPagato',
    'codiceEsitoSingoloPagamento',
    'dataEsitoSingoloPagamento',
  ].map((name, slot) => [`${LINE_PATH}/${name}`, slot]),
);

export type RawLine = (string | undefined)[];
export type Header = Omit<FlowHeader, 'contentHash'>;

/** The most a whole flow may declare: `parseEuro` reads 13 digits of euro. */
const MAX_TOTAL_CENTS = Number.MAX_SAFE_INTEGER;
/** Free text of the schemas where they bound nothing that matters here. */
const MAX_TEXT = 140;

const moment = (field: string, text: string | undefined): string => {
  const value = required(field, text);
  const wall = romeClock(value);
  if (wall === undefined) throw new FieldError(field, 'DATE_INVALID', `${field} is not a date and time: ${value.slice(0, 60)}`);
  return wall;
};

/**
 * The header of a settlement flow (*flusso di rendicontazione*, `FlussoRiversamento` 1.0.4). `versioneOggetto` is not
 * looked at; `revisioneFlusso` is an extension that converters from REST write, 1 when absent.
 * @throws FieldError, also `ORGANIZATION_MISMATCH` when the receiver (*istituto ricevente*) is another body.
 */
export const flowHeader = (values: ReadonlyMap<string, string>, org: OrgId): Header => {
  const receiver = required('istitutoRicevente', values.get(RECEIVER));
  if (receiver !== org)
    throw new FieldError('istitutoRicevente', 'ORGANIZATION_MISMATCH', `The flow is for another organization than ${org}`);
  const senderName = freeText(values.get('istitutoMittente/denominazioneMittente'), MAX_TEXT);
  const bic = freeText(values.get('codiceBicBancaDiRiversamento'), 35);
  const revision = values.get('revisioneFlusso')?.trim();
  return {
    iuf: identifier('identificativoFlusso', values.get('identificativoFlusso')),
    flowDateTime: moment('dataOraFlusso', values.get('dataOraFlusso')),
    revision: revision ? wholeNumber('revisioneFlusso', revision, 1, 999_999) : 1,
    senderType: identifier('istitutoMittente', values.get(`${SENDER}/tipoIdentificativoUnivoco`)),
    senderCode: identifier('istitutoMittente', values.get(`${SENDER}/codiceIdentificativoUnivoco`)),
    ...(senderName !== undefined && { senderName }),
    ...(bic !== undefined && { bic }),
    trn: identifier('identificativoUnivocoRegolamento', values.get('identificativoUnivocoRegolamento'), MAX_TEXT),
    regulationOn: date('dataRegolamento', values.get('dataRegolamento')),
    declaredCount: wholeNumber('numeroTotalePagamenti', values.get('numeroTotalePagamenti'), 0, 999_999_999_999_999),
    declaredCents: amount('importoTotalePagamenti', values.get('importoTotalePagamenti'), MAX_TOTAL_CENTS),
  };
};

export const REVOKED = '3';

/** Outcome 3 (revoked) is written with either sign by different senders: it is kept without. */
const lineAmount = (text: string | undefined, outcome: string): Cents => {
  const cents = signedAmount('singoloImportoPagato', text);
  if (cents >= 0) return cents;
  if (outcome !== REVOKED)
    throw new FieldError('singoloImportoPagato', 'AMOUNT_NEGATIVE', `singoloImportoPagato is negative with outcome ${outcome}`);
  return toCents(-cents);
};

/** One line (`datiSingoliPagamenti`). Any outcome of one character is data: the lists in circulation differ. @throws FieldError */
export const flowLine = ([iuv, iur, index, cents, code, paidOn]: RawLine): FlowLine => {
  const outcome = identifier('codiceEsitoSingoloPagamento', code);
  if (outcome.length !== 1)
    throw new FieldError('codiceEsitoSingoloPagamento', 'OUTCOME_INVALID', 'codiceEsitoSingoloPagamento is not one character');
  return [
    identifier('identificativoUnivocoVersamento', iuv),
    identifier('identificativoUnivocoRiscossione', iur),
    transferIndex('indiceDatiSingoloPagamento', index),
    lineAmount(cents, outcome),
    outcome,
    date('dataEsitoSingoloPagamento', paidOn),
  ];
};
