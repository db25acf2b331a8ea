import { crc32 } from 'node:zlib';
import { toOrg } from '@quadra/kernel';

export const COMUNE = toOrg('01234567890');
export const PROVINCIA = toOrg('09876543210');

const euro = (cents: number): string => `${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}`;

export interface SampleReceipt {
  readonly n: number;
  readonly cents?: number;
  readonly org?: string;
  readonly paidOn?: string;
}

/** The 18-digit notices of a Comune: IUV and receipt id are made of `n`. */
export const iuvOf = (n: number): string => `3${String(n).padStart(16, '0')}`;
export const receiptIdOf = (n: number): string => `R${String(n).padStart(10, '0')}`;

const RECEIPT_COLUMNS = [
  'codIuv',
  'identificativoDominio',
  'identificativoMessaggioRicevuta',
  'dataOraMessaggioRicevuta',
  'codiceIdentificativoUnivoco',
  'codiceEsitoPagamento',
  'importoTotalePagato',
  'identificativoUnivocoVersamento',
  'singoloImportoPagato',
  'dataEsitoSingoloPagamento',
  'identificativoUnivocoRiscoss',
  'indiceDatiSingoloPagamento',
  'soggPagCodiceIdentificativoUnivoco',
  'anagraficaPagatore',
];

/** Receipts in the export of 72 columns, as far as they are needed. */
export const receiptsCsv = (receipts: readonly SampleReceipt[]): string => {
  const rows = receipts.map(({ n, cents = 1000, org = COMUNE, paidOn = '2026-11-20' }) =>
    [
      iuvOf(n),
      org,
      receiptIdOf(n),
      `${paidOn}T10:00:00`,
      'PSPXIT2B',
      '0',
      euro(cents),
      iuvOf(n),
      euro(cents),
      paidOn,
      receiptIdOf(n),
      '1',
      `RSSMRA80A01H501${n % 10}`,
      `Maria Rossi ${n}`,
    ].join(';'),
  );
  return [RECEIPT_COLUMNS.join(';'), ...rows, ''].join('\n');
};

export const noticesCsv = (notices: readonly { readonly n: number; readonly cents: number }[]): string => {
  const rows = notices.map(({ n, cents }) => `IUD${n};${iuvOf(n)};RSSMRA80A01H501U;Maria Rossi;2026-11-20;${euro(cents)};TARI`);
  const columns = 'IUD;codIuv;codiceIdentificativoUnivoco;anagraficaPagatore;dataEsecuzionePagamento;importoDovutoPagato;tipoDovuto';
  return [columns, ...rows, ''].join('\n');
};

export interface SampleFlow {
  readonly iuf: string;
  readonly payments: readonly { readonly n: number; readonly cents: number }[];
  readonly at?: string;
}

export const flowXml = ({ iuf, payments, at = '2026-11-21T01:00:00' }: SampleFlow): string => {
  const lines = payments.map(
    ({ n, cents }) => `<datiSingoliPagamenti><identificativoUnivocoVersamento>${iuvOf(n)}</identificativoUnivocoVersamento>
<identificativoUnivocoRiscossione>${receiptIdOf(n)}</identificativoUnivocoRiscossione><indiceDatiSingoloPagamento>1</indiceDatiSingoloPagamento>
<singoloImportoPagato>${euro(cents)}</singoloImportoPagato><codiceEsitoSingoloPagamento>0</codiceEsitoSingoloPagamento>
<dataEsitoSingoloPagamento>2026-11-20</dataEsitoSingoloPagamento></datiSingoliPagamenti>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><FlussoRiversamento xmlns="http://www.digitpa.gov.it/schemas/2011/Pagamenti/">
<versioneOggetto>1.0</versioneOggetto><identificativoFlusso>${iuf}</identificativoFlusso><dataOraFlusso>${at}</dataOraFlusso>
<identificativoUnivocoRegolamento>TRN1</identificativoUnivocoRegolamento><dataRegolamento>2026-11-21</dataRegolamento>
<istitutoMittente><identificativoUnivocoMittente><tipoIdentificativoUnivoco>B</tipoIdentificativoUnivoco>
<codiceIdentificativoUnivoco>PSPXIT2B</codiceIdentificativoUnivoco></identificativoUnivocoMittente></istitutoMittente>
<istitutoRicevente><identificativoUnivocoRicevente><tipoIdentificativoUnivoco>G</tipoIdentificativoUnivoco>
<codiceIdentificativoUnivoco>${COMUNE}</codiceIdentificativoUnivoco></identificativoUnivocoRicevente></istitutoRicevente>
<numeroTotalePagamenti>${payments.length}</numeroTotalePagamenti>
<importoTotalePagamenti>${euro(payments.reduce((sum, p) => sum + p.cents, 0))}</importoTotalePagamenti>${lines.join('\n')}</FlussoRiversamento>`;
};

export interface SampleMovement {
  readonly number: number;
  readonly cents: number;
  readonly operation?: 'ESEGUITO' | 'STORNATO';
  readonly text?: string;
}

/** A treasury journal (OPI) of one day with provisional credits. */
export const journalXml = (movements: readonly SampleMovement[], day = '2026-11-24'): string => {
  const rows = movements.map(
    ({ number, cents, operation = 'ESEGUITO', text = 'BONIFICO' }) => `<movimento_conto_evidenza><tipo_movimento>ENTRATA</tipo_movimento>
<tipo_documento>SOSPESO ENTRATA</tipo_documento><tipo_operazione>${operation}</tipo_operazione><numero_documento>${number}</numero_documento>
<progressivo_documento>0</progressivo_documento><importo>${euro(cents)}</importo><data_movimento>${day}</data_movimento>
<tipo_esecuzione>SEPA CREDIT TRANSFER</tipo_esecuzione><cliente><anagrafica_cliente>PSP SPA</anagrafica_cliente></cliente>
<causale>${text}</causale></movimento_conto_evidenza>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?><flusso_giornale_di_cassa><testata_messaggio><codice_ABI_BT>03069</codice_ABI_BT>
<codice_fiscale_ente>${COMUNE}</codice_fiscale_ente></testata_messaggio>
<identificativo_flusso_BT>GDC-${day.replaceAll('-', '')}ABCDEFGHIJ#001#001</identificativo_flusso_BT><pagina>1</pagina><pagine_totali>1</pagine_totali>
<esercizio>2026</esercizio><data_riferimento_GdC>${day}</data_riferimento_GdC>
<informazioni_conto_evidenza><conto_evidenza>0000100</conto_evidenza>${rows.join('\n')}</informazioni_conto_evidenza></flusso_giornale_di_cassa>`;
};

/** A zip that stores its entries as they are. `size`: what the directory claims of each entry instead of the truth. */
export const zipOf = (entries: Readonly<Record<string, string>>, size?: number): Buffer => {
  const bodies: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, text] of Object.entries(entries)) {
    const [label, bytes] = [Buffer.from(name), Buffer.from(text)];
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x0800, 2);
    common.writeUInt32LE(crc32(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(size ?? bytes.length, 18);
    common.writeUInt16LE(label.length, 22);
    const at = Buffer.alloc(14);
    at.writeUInt32LE(offset, 10);
    directory.push(Buffer.from('PK\x01\x02\x14\x00', 'latin1'), common, at, label);
    const body = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, label, bytes]);
    bodies.push(body);
    offset += body.length;
  }
  const count = Object.keys(entries).length;
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...bodies, ...directory, end]);
};

/** Bytes as a stream in small pieces, as a network brings them. */
export async function* streamOf(content: string | Uint8Array, pieceBytes = 7_000): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(content as string);
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}
