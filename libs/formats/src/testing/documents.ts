import { createHash } from 'node:crypto';
import { type OrgId, toOrg } from '@quadra/kernel';
import type { IntakeItem, IntakeRecord, ReaderContext, Source } from '../intake';
import { memorySource } from '../source';

/** Generated documents for the specs of the readers: nothing in them is real. */

export const ORG: OrgId = toOrg('80012345678');
export const OTHER = '90087654321';

export const context = (org: OrgId = ORG): ReaderContext => ({
  org,
  digest: (text) => createHash('sha256').update(text).digest('hex').slice(0, 16),
  parseRemittance: () => ({ candidates: [], iuvs: [], parserVersion: 1 }),
});

export const sourceOf = (content: string | Uint8Array, pieceBytes?: number, name = 'document'): Source =>
  memorySource(name, typeof content === 'string' ? Buffer.from(content, 'utf8') : content, pieceBytes);

export const all = async <T>(items: AsyncIterable<readonly T[]>): Promise<T[]> => {
  const found: T[] = [];
  for await (const group of items) found.push(...group);
  return found;
};

export const itemsOf = async (items: AsyncIterable<IntakeItem>): Promise<IntakeItem[]> => {
  const found: IntakeItem[] = [];
  for await (const item of items) found.push(item);
  return found;
};

/** Records read, by the rule that each tuple of a flow and each row of a receipt counts as one. */
export const readCount = (records: readonly IntakeRecord[]): number =>
  records.reduce((sum, r) => {
    if (r.kind === 'flow-lines') return sum + r.lines.length;
    if (r.kind === 'receipt') return sum + (r.rows ?? 1);
    return sum + (['notice', 'journal-row', 'ignored', 'reject'].includes(r.kind) ? 1 : 0);
  }, 0);

const element = (name: string, value: string | undefined): string => (value === undefined ? '' : `<${name}>${value}</${name}>`);

export interface TransferParts {
  readonly id?: string;
  readonly amount?: string;
  readonly org?: string;
  readonly iban?: string;
  readonly stamp?: boolean;
}

const transferXml = ({ id = '1', amount = '10.00', org = ORG, iban = 'IT60X0542811101000000123456', stamp }: TransferParts): string =>
  `<transfer>${element('idTransfer', id)}${element('transferAmount', amount)}${element('fiscalCodePA', org)}${
    stamp ? element('MBDAttachment', 'QUJD') : element('IBAN', iban)
  }${element('remittanceInformation', `share ${id}`)}${element('transferCategory', '9/0101100IM/')}</transfer>`;

/** A receipt message; `fields` replace (or, when undefined, drop) elements of the receipt. */
export const receiptXml = (fields: Record<string, string | undefined> = {}, transfers: readonly TransferParts[] = [{}]): string => {
  const values: Record<string, string | undefined> = {
    receiptId: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
    noticeNumber: '301000000000000017',
    fiscalCode: ORG,
    outcome: 'OK',
    creditorReferenceId: '01000000000000017',
    paymentAmount: '10.00',
    description: 'Canteen &amp; school',
    companyName: 'A body',
    debtor:
      '<uniqueIdentifier><entityUniqueIdentifierType>F</entityUniqueIdentifierType><entityUniqueIdentifierValue>abcdef80a01h501x</entityUniqueIdentifierValue></uniqueIdentifier><fullName>A Debtor</fullName><city>Rome</city>',
    transferList: transfers.map(transferXml).join(''),
    idPSP: 'ABCDITR1XXX',
    PSPCompanyName: 'A Bank',
    idChannel: '00000000001_01',
    paymentDateTime: '2026-03-01T23:30:00',
    transferDate: '2026-03-03',
    ...fields,
  };
  const receipt = Object.entries(values).map(([name, value]) => element(name, value));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<pa:paSendRTV2Request xmlns:pa="urn:x"><idPA>${ORG}</idPA><receipt>${receipt.join('\n')}</receipt></pa:paSendRTV2Request>`;
};

export interface LineParts {
  readonly iuv?: string;
  readonly iur?: string;
  readonly index?: string | undefined;
  readonly amount?: string;
  readonly outcome?: string;
  readonly day?: string;
}

const lineXml = ({
  iuv = '01000000000000017',
  iur = 'IUR1',
  index,
  amount = '10.00',
  outcome = '0',
  day = '2026-03-01',
}: LineParts): string =>
  `<datiSingoliPagamenti>${element('identificativoUnivocoVersamento', iuv)}${element('identificativoUnivocoRiscossione', iur)}${element(
    'indiceDatiSingoloPagamento',
    index,
  )}${element('singoloImportoPagato', amount)}${element('codiceEsitoSingoloPagamento', outcome)}${element('dataEsitoSingoloPagamento', day)}</datiSingoliPagamenti>`;

export const flowXml = (fields: Record<string, string | undefined> = {}, lines: readonly LineParts[] = [{}]): string => {
  const values: Record<string, string | undefined> = {
    versioneOggetto: '1.1',
    identificativoFlusso: '2026-03-02ABCDITR1XXX-S0000001',
    dataOraFlusso: '2026-03-02T01:00:59',
    identificativoUnivocoRegolamento: 'Bonifico SEPA-0000-1',
    dataRegolamento: '2026-03-02',
    istitutoMittente:
      '<identificativoUnivocoMittente><tipoIdentificativoUnivoco>B</tipoIdentificativoUnivoco><codiceIdentificativoUnivoco>ABCDITR1XXX</codiceIdentificativoUnivoco></identificativoUnivocoMittente><denominazioneMittente>A Bank</denominazioneMittente>',
    istitutoRicevente: `<identificativoUnivocoRicevente><tipoIdentificativoUnivoco>G</tipoIdentificativoUnivoco><codiceIdentificativoUnivoco>${ORG}</codiceIdentificativoUnivoco></identificativoUnivocoRicevente>`,
    numeroTotalePagamenti: String(lines.length),
    importoTotalePagamenti: '10.00',
    ...fields,
  };
  const header = Object.entries(values).map(([name, value]) => element(name, value));
  return `<FlussoRiversamento xmlns="urn:x">\n${header.join('\n')}\n${lines.map(lineXml).join('\n')}\n</FlussoRiversamento>`;
};

const quoted = (value: string): string => `"${value.replaceAll('"', '""')}"`;

export const csvText = (header: readonly string[], rows: readonly (readonly string[])[], eol = '\n'): string =>
  [header, ...rows].map((row) => row.map(quoted).join(';') + eol).join('');

export const NOTICE_COLUMNS = [
  ...[
    'IUD',
    'codIuv',
    'tipoIdentificativoUnivoco',
    'codiceIdentificativoUnivoco',
    'anagraficaPagatore',
    'indirizzoPagatore',
    'civicoPagatore',
  ],
  ...[
    'capPagatore',
    'localitaPagatore',
    'provinciaPagatore',
    'nazionePagatore',
    'e-mailPagatore',
    'dataEsecuzionePagamento',
    'importoDovutoPagato',
  ],
  ...['commissioneCaricoPa', 'tipoDovuto', 'tipoVersamento', 'causaleVersamento', 'datiSpecificiRiscossione ', 'bilancio'],
];

export const noticeRow = (fields: Record<string, string> = {}): string[] => {
  const values: Record<string, string> = {
    IUD: 'IUD-1',
    codIuv: '01000000000000017',
    codiceIdentificativoUnivoco: 'abcdef80a01h501x',
    anagraficaPagatore: 'A Debtor',
    dataEsecuzionePagamento: '2026-03-01',
    importoDovutoPagato: '10,00',
    tipoDovuto: 'CANTEEN',
    causaleVersamento: 'a "text"; of two\nlines',
    'datiSpecificiRiscossione ': '9/0101100IM/',
    ...fields,
  };
  return NOTICE_COLUMNS.map((column) => values[column] ?? '');
};

/** Columns of the receipt export, in order; the subset that systems always write and some that nobody reads. */
export const RECEIPT_COLUMNS = [
  ...[
    'iuf',
    'numRigaFlusso',
    'codIud',
    'codIuv',
    'versioneOggetto',
    'identificativoDominio',
    'identificativoMessaggioRicevuta',
    'dataOraMessaggioRicevuta',
  ],
  ...['codiceIdentificativoUnivoco', 'denominazioneAttestante', 'enteBenefCodiceIdentificativoUnivoco', 'denominazioneBeneficiario'],
  ...[
    'soggPagCodiceIdentificativoUnivoco',
    'anagraficaPagatore',
    'codiceEsitoPagamento',
    'importoTotalePagato',
    'identificativoUnivocoVersamento',
  ],
  ...['codiceContestoPagamento', 'singoloImportoPagato', 'dataEsitoSingoloPagamento', 'identificativoUnivocoRiscoss', 'causaleVersamento'],
  ...['datiSpecificiRiscossione', 'tipoDovuto', 'rt', 'indiceDatiSingoloPagamento', 'codRtDatiPagDatiSingPagAllegatoRicevutaTipo'],
];

export const receiptRow = (fields: Record<string, string> = {}, columns: readonly string[] = RECEIPT_COLUMNS): string[] => {
  const values: Record<string, string> = {
    iuf: 'file',
    codIud: 'IUD-1',
    codIuv: '01000000000000017',
    identificativoDominio: ORG,
    identificativoMessaggioRicevuta: 'message-1',
    dataOraMessaggioRicevuta: '2026-03-01T23:31:00',
    codiceIdentificativoUnivoco: 'ABCDITR1XXX',
    denominazioneAttestante: 'A Bank',
    enteBenefCodiceIdentificativoUnivoco: ORG,
    soggPagCodiceIdentificativoUnivoco: 'abcdef80a01h501x',
    anagraficaPagatore: 'A Debtor',
    codiceEsitoPagamento: '0',
    importoTotalePagato: '10.00',
    identificativoUnivocoVersamento: fields['codIuv'] ?? '01000000000000017',
    codiceContestoPagamento: 'n/a',
    singoloImportoPagato: '10.00',
    dataEsitoSingoloPagamento: '2026-03-01',
    identificativoUnivocoRiscoss: 'a1b2c3d4e5f60718293a4b5c6d7e8f90',
    causaleVersamento: 'canteen',
    datiSpecificiRiscossione: '9/0101100IM/',
    tipoDovuto: 'CANTEEN',
    indiceDatiSingoloPagamento: '1',
    ...fields,
  };
  return columns.map((column) => values[column] ?? '');
};
