import { formatEuro } from '@quadra/kernel';

/** Small real documents as text, for tests that go through the whole product. Amounts are cents, dates ISO, moments wall clock in Rome. */

const xml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const element = (name: string, value: string | number | undefined): string =>
  value === undefined ? '' : `<${name}>${xml(String(value))}</${name}>`;
const euro = (cents: number): string => formatEuro(cents);

export interface ReceiptShare {
  readonly index: number;
  readonly cents: number;
  /** Fiscal code of the beneficiary; the body of the receipt when absent. */
  readonly org?: string;
  /** A digital revenue stamp (*marca da bollo digitale*) instead of a credit transfer. */
  readonly stampDuty?: boolean;
}

export interface ReceiptDocument {
  /** The beneficiary of the transfers, and the issuer of the notice unless another is named. */
  readonly org: string;
  readonly issuer?: string;
  readonly iuv: string;
  readonly receiptId: string;
  /** One transfer of so many cents; else `shares`. */
  readonly cents?: number;
  readonly shares?: readonly ReceiptShare[];
  readonly outcome?: 'OK' | 'KO';
  readonly paidAt?: string;
}

const share = ({ index, cents, org, stampDuty }: ReceiptShare, owner: string): string =>
  `<transfer>${element('idTransfer', index)}${element('transferAmount', euro(cents))}${element('fiscalCodePA', org ?? owner)}${
    stampDuty ? '<MBDAttachment>QUJD</MBDAttachment>' : '<IBAN>IT60X0542811101000000123456</IBAN>'
  }${element('remittanceInformation', 'share')}${element('transferCategory', '0101101IM')}</transfer>`;

const DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>';

const receiptMessage = (r: ReceiptDocument): string => {
  const shares = r.shares ?? [{ index: 1, cents: r.cents ?? 0 }];
  const total = shares.reduce((sum, s) => sum + s.cents, 0);
  return `<pa:paSendRTV2Request xmlns:pa="http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd">${element('idPA', r.org)}<receipt>
${element('receiptId', r.receiptId)}${element('noticeNumber', `3${r.iuv.padStart(17, '0').slice(-17)}`)}${element('fiscalCode', r.issuer ?? r.org)}
${element('outcome', r.outcome ?? 'OK')}${element('creditorReferenceId', r.iuv)}${element('paymentAmount', euro(total))}
<debtor><uniqueIdentifier><entityUniqueIdentifierType>F</entityUniqueIdentifierType><entityUniqueIdentifierValue>RSSMRA80A01H501U</entityUniqueIdentifierValue></uniqueIdentifier><fullName>Maria Rossi</fullName></debtor>
<transferList>${shares.map((s) => share(s, r.org)).join('')}</transferList>
${element('idPSP', 'BPPIITRRXXX')}${element('PSPCompanyName', 'A Bank')}${element('paymentDateTime', r.paidAt ?? '2026-11-23T10:00:00')}
</receipt></pa:paSendRTV2Request>`;
};

/** A receipt (*ricevuta telematica*, `paSendRTV2Request`), as the node sends it. */
export const receiptXml = (r: ReceiptDocument): string => `${DECLARATION}\n${receiptMessage(r)}`;

/** Several receipts in one document, as archives keep them. */
export const receiptsXml = (receipts: readonly ReceiptDocument[]): string =>
  `${DECLARATION}\n<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>${receipts
    .map(receiptMessage)
    .join('\n')}</soapenv:Body></soapenv:Envelope>`;

export interface FlowLineDocument {
  readonly iuv: string;
  readonly iur: string;
  /** Negative only where the sender writes a revocation (outcome 3) so. */
  readonly cents: number;
  readonly index?: number;
  readonly outcome?: string;
  readonly on?: string;
}

export interface FlowDocument {
  readonly org: string;
  readonly iuf: string;
  readonly lines: readonly FlowLineDocument[];
  /** What the header declares; the sum and the number of the lines when absent. */
  readonly total?: number;
  readonly count?: number;
  readonly dateTime?: string;
  readonly revision?: number;
  readonly regulationOn?: string;
  readonly psp?: string;
}

const flowLine = (l: FlowLineDocument): string =>
  `<datiSingoliPagamenti>${element('identificativoUnivocoVersamento', l.iuv)}${element('identificativoUnivocoRiscossione', l.iur)}${element(
    'indiceDatiSingoloPagamento',
    l.index ?? 1,
  )}${element('singoloImportoPagato', euro(l.cents))}${element('codiceEsitoSingoloPagamento', l.outcome ?? '0')}${element(
    'dataEsitoSingoloPagamento',
    l.on ?? '2026-11-23',
  )}</datiSingoliPagamenti>`;

const party = (element_: string, name: string, type: string, code: string): string =>
  `<${element_}><identificativoUnivoco${name}><tipoIdentificativoUnivoco>${type}</tipoIdentificativoUnivoco>${element(
    'codiceIdentificativoUnivoco',
    code,
  )}</identificativoUnivoco${name}></${element_}>`;

/** A settlement flow (*flusso di rendicontazione*, FdR). `revision` is an extension that converters from REST write. */
export const flowXml = (f: FlowDocument): string => `<?xml version="1.0" encoding="UTF-8"?>
<FlussoRiversamento xmlns="http://www.digitpa.gov.it/schemas/2011/Pagamenti/"><versioneOggetto>1.0</versioneOggetto>
${element('identificativoFlusso', f.iuf)}${element('revisioneFlusso', f.revision)}${element('dataOraFlusso', f.dateTime ?? '2026-11-24T01:00:00')}
${element('identificativoUnivocoRegolamento', `TRN-${f.iuf}`)}${element('dataRegolamento', f.regulationOn ?? '2026-11-24')}
${party('istitutoMittente', 'Mittente', 'B', f.psp ?? 'BPPIITRRXXX')}${party('istitutoRicevente', 'Ricevente', 'G', f.org)}
${element('numeroTotalePagamenti', f.count ?? f.lines.length)}
${element('importoTotalePagamenti', euro(f.total ?? f.lines.reduce((sum, l) => sum + l.cents, 0)))}
${f.lines.map(flowLine).join('\n')}</FlussoRiversamento>`;

export interface JournalRowDocument {
  readonly direction?: 'ENTRATA' | 'USCITA';
  readonly document: string;
  readonly operation: string;
  readonly number: string;
  readonly cents: number;
  readonly on?: string;
  /** *Numero bolletta o quietanza*. */
  readonly bolletta?: string;
  /** The remittance text (*causale*). */
  readonly text?: string;
  /** Provisional documents that an order covers; 1.4 can name one, and without its amount. */
  readonly covers?: readonly { readonly number: string; readonly cents: number }[];
}

/** `/PUR/LGPE-RIVERSAMENTO[/TXT/<n>]/URI/<id>`: how SACI wants a cumulative credit to name its flow. */
export const remittanceText = (iuf: string, txt?: number): string =>
  `/PUR/LGPE-RIVERSAMENTO${txt === undefined ? '' : `/TXT/${txt}`}/URI/${iuf}`;

/** A provisional credit (*sospeso* or *provvisorio di entrata*); `iuf` makes the remittance text that SACI wants. */
export const credit = (
  number: string,
  cents: number,
  says: { iuf?: string; txt?: number; text?: string; on?: string } = {},
): JournalRowDocument => ({
  document: 'SOSPESO ENTRATA',
  operation: 'ESEGUITO',
  number,
  cents,
  text: says.text ?? (says.iuf === undefined ? 'BONIFICO' : remittanceText(says.iuf, says.txt)),
  ...(says.on !== undefined && { on: says.on }),
});

/** The treasurer takes a provisional credit back, whole or in part. */
export const storno = (number: string, cents: number): JournalRowDocument => ({
  document: 'SOSPESO ENTRATA',
  operation: 'STORNATO',
  number,
  cents,
});

/** A collection order (*reversale*) and the provisional credits that it lists. */
export const order = (operation: string, number: string, cents: number, covers: JournalRowDocument['covers'] = []): JournalRowDocument => ({
  document: 'REVERSALE',
  operation,
  number,
  cents,
  covers,
});

export interface JournalDocument {
  readonly org: string;
  readonly day: string;
  readonly rows: readonly JournalRowDocument[];
  /** Of the OPI schema: 1.4 has a period instead of a day. */
  readonly version?: '1.4' | '1.8';
  readonly treasurer?: string;
  readonly page?: number;
  readonly pages?: number;
  /** Of the account, in cents: before, in, out and after. */
  readonly balances?: readonly [opening: number, into: number, out: number, closing: number];
}

const BALANCES = ['saldo_precedente', 'totale_entrate', 'totale_uscite', 'saldo_finale'];

const coverage = (r: JournalRowDocument, version: string): string => {
  if (version === '1.4') return element('numero_sospeso', r.covers?.[0]?.number);
  const one = (c: { number: string; cents: number }): string =>
    `<sospeso>${element('numero_provvisorio', c.number)}${element('importo_provvisorio', euro(c.cents))}</sospeso>`;
  return (r.covers ?? []).map(one).join('');
};

const movement = (r: JournalRowDocument, day: string, version: string): string =>
  `<movimento_conto_evidenza>${element('tipo_movimento', r.direction ?? 'ENTRATA')}${element('tipo_documento', r.document)}${element(
    'tipo_operazione',
    r.operation,
  )}${element('numero_documento', r.number)}${element('progressivo_documento', r.document === 'REVERSALE' ? 1 : 0)}${element(
    'importo',
    euro(r.cents),
  )}${element('numero_bolletta_quietanza', r.bolletta)}${element('data_movimento', r.on ?? day)}${element('data_valuta_ente', r.on ?? day)}${element(
    'tipo_esecuzione',
    version === '1.4' ? 'SEPA CREDIT TRANSFER' : 'SEPA INSTANT CREDIT TRANSFER',
  )}${coverage(r, version)}<cliente><anagrafica_cliente>PSP SPA</anagrafica_cliente></cliente>${element('causale', r.text)}</movimento_conto_evidenza>`;

/** One page of a treasury journal (*giornale di cassa*, OPI) of one day. */
export const journalXml = (j: JournalDocument): string => {
  const { page = 1, pages = 1, version = '1.8', day, balances = [] } = j;
  const [number, of] = [page, pages].map((n) => String(n).padStart(3, '0'));
  const period =
    version === '1.4'
      ? `${element('data_inizio_periodo_riferimento', day)}${element('data_fine_periodo_riferimento', day)}`
      : element('data_riferimento_GdC', day);
  return `<?xml version="1.0" encoding="UTF-8"?>
<flusso_giornale_di_cassa><testata_messaggio>${element('codice_ABI_BT', j.treasurer ?? '03069')}${element('codice_fiscale_ente', j.org)}</testata_messaggio>
${element('identificativo_flusso_BT', `GDC-${day.replaceAll('-', '')}ABCDEFGHIJ#${number}#${of}`)}${element('pagina', page)}${element('pagine_totali', pages)}
${element('esercizio', day.slice(0, 4))}${period}<informazioni_conto_evidenza><conto_evidenza>0000100</conto_evidenza>
${j.rows.map((r) => movement(r, day, version)).join('\n')}${balances.map((cents, i) => element(`${BALANCES[i]}_conto_evidenza`, euro(cents))).join('')}</informazioni_conto_evidenza></flusso_giornale_di_cassa>`;
};

export interface NoticeDocument {
  readonly iud: string;
  readonly iuv: string;
  readonly cents: number;
  readonly on?: string;
}

/** Payment notifications (*pagamenti notificati*) of a body's own system. */
export const noticesCsv = (notices: readonly NoticeDocument[]): string => {
  const columns = 'IUD;codIuv;codiceIdentificativoUnivoco;anagraficaPagatore;dataEsecuzionePagamento;importoDovutoPagato;tipoDovuto';
  const rows = notices.map((n) => `${n.iud};${n.iuv};RSSMRA80A01H501U;Maria Rossi;${n.on ?? '2026-11-23'};${euro(n.cents)};TARI`);
  return [columns, ...rows, ''].join('\n');
};
