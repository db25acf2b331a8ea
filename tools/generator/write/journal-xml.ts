import type { Day } from '../calendar';
import { isoDay, yearOf } from '../calendar';
import type { Cents, Organization } from '../model';
import type { JournalRow } from '../journal-row';
import { JOURNAL_SIGNATURE } from './journal-signature';
import { euro, xml } from './text';

/** Versions of the journal schema in use at the treasurers. */
export const JOURNAL_VERSIONS = ['1.4', '1.6.1', '1.7.1', '1.8'] as const;
export type JournalVersion = (typeof JOURNAL_VERSIONS)[number];

/** Evidence accounts (*conti di evidenza*): the ordinary one and one for earmarked money. */
export const ACCOUNTS = ['0000001', '0000004'] as const;
export type Balances = Record<(typeof ACCOUNTS)[number], Cents>;

export const accountOf = (row: JournalRow): (typeof ACCOUNTS)[number] => (row.text === 'RATA MUTUO' ? ACCOUNTS[1] : ACCOUNTS[0]);

const seven = (number: number): string => String(number).padStart(7, '0');

const coverage = (row: JournalRow, version: JournalVersion): string => {
  const covers = row.covers ?? [];
  if (version === '1.4') return covers.map((cover) => `<numero_sospeso>${cover.number}</numero_sospeso>`).join('');
  return covers
    .map(
      (c) =>
        `<sospeso><numero_provvisorio>${seven(c.number)}</numero_provvisorio><importo_provvisorio>${euro(c.cents)}</importo_provvisorio></sospeso>`,
    )
    .join('');
};

const movement = (row: JournalRow, version: JournalVersion, flowId: string, number: number): string => {
  const modern = version !== '1.4';
  const booked = row.document === 'SOSPESO ENTRATA' && row.operation === 'ESEGUITO';
  const date = isoDay(row.on);
  return (
    '<movimento_conto_evidenza>\n' +
    (modern ? `<identificativo_flusso>${flowId}</identificativo_flusso><numero_movimento>${seven(number)}</numero_movimento>\n` : '') +
    `<tipo_movimento>${row.direction}</tipo_movimento><tipo_documento>${row.document}</tipo_documento>` +
    `<tipo_operazione>${row.operation}</tipo_operazione><numero_documento>${seven(row.number)}</numero_documento>\n` +
    (booked
      ? `<sospeso_da_regolarizzare><data_effettiva_sospeso>${date}</data_effettiva_sospeso>` +
        '<codice_gestionale_provvisorio>0000099999</codice_gestionale_provvisorio></sospeso_da_regolarizzare>\n'
      : '') +
    `<progressivo_documento>${seven(row.progressive)}</progressivo_documento><importo>${euro(row.cents)}</importo>` +
    (row.operation === 'STORNATO'
      ? `<numero_bolletta_quietanza_storno>${seven(row.receiptNumber)}</numero_bolletta_quietanza_storno>\n`
      : `<numero_bolletta_quietanza>${seven(row.receiptNumber)}</numero_bolletta_quietanza>\n`) +
    `<data_movimento>${date}</data_movimento>${modern ? `<data_movimento_siope>${date}</data_movimento_siope>` : ''}` +
    `<data_valuta_ente>${isoDay(row.valueOn)}</data_valuta_ente><tipo_esecuzione>${xml(row.execution)}</tipo_esecuzione>` +
    (row.endToEnd ? `<end_to_end_id>${row.endToEnd}</end_to_end_id>` : '') +
    '<tipo_contabilita>FRUTTIFERO</tipo_contabilita><destinazione>LIBERA</destinazione>' +
    '<assoggettamento_bollo>ESENTE BOLLO</assoggettamento_bollo>\n' +
    `<cliente><anagrafica_cliente>${xml(row.client)}</anagrafica_cliente></cliente>\n<causale>${xml(row.text)}</causale>` +
    `${coverage(row, version)}\n</movimento_conto_evidenza>\n`
  );
};

interface Totals {
  opening: Cents;
  in: Cents;
  out: Cents;
}

/** In is what was collected less what was taken back, out what was paid: opening + in − out = closing. */
const totalsOf = (opening: Cents, rows: readonly JournalRow[]): Totals => {
  const totals = { opening, in: 0, out: 0 };
  for (const row of rows) {
    if (row.direction === 'ENTRATA') totals.in += row.cash * row.cents;
    else totals.out -= row.cash * row.cents;
  }
  return totals;
};

const balanceTags = (t: Totals, tag: (name: 'precedente' | 'entrate' | 'uscite' | 'finale') => string): string => {
  const values = { precedente: t.opening, entrate: t.in, uscite: t.out, finale: t.opening + t.in - t.out };
  return (['precedente', 'entrate', 'uscite', 'finale'] as const).map((n) => `<${tag(n)}>${euro(values[n])}</${tag(n)}>`).join('') + '\n';
};

const header = (org: Organization, day: Day, version: JournalVersion, id: string, page: number, pages: number): string => {
  const date = isoDay(day);
  const period =
    version === '1.4'
      ? `<data_inizio_periodo_riferimento>${date}</data_inizio_periodo_riferimento><data_fine_periodo_riferimento>${date}</data_fine_periodo_riferimento>`
      : `<data_riferimento_GdC>${date}</data_riferimento_GdC>`;
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<flusso_giornale_di_cassa>\n<testata_messaggio>' +
    `<codice_ABI_BT>${org.abi}</codice_ABI_BT><data_ora_creazione_flusso>${isoDay(day + 1)}T02:31:45</data_ora_creazione_flusso>` +
    `<codice_ente>${org.ipa}</codice_ente><descrizione_ente>${xml(org.name)}</descrizione_ente>` +
    `<codice_istat_ente>${org.istat}</codice_istat_ente><codice_fiscale_ente>${org.fiscalCode}</codice_fiscale_ente>` +
    '<codice_tramite_ente>A2A-99000001</codice_tramite_ente><codice_tramite_BT>A2A-99000002</codice_tramite_BT>' +
    `<codice_ente_BT>${org.bankCode}</codice_ente_BT></testata_messaggio>\n` +
    `<identificativo_flusso_BT>${id}</identificativo_flusso_BT><pagina>${page}</pagina><pagine_totali>${pages}</pagine_totali>` +
    `<esercizio>${yearOf(day)}</esercizio>${period}\n`
  );
};

/**
 * The journal (*giornale di cassa*) of one day, page by page. Balances run on from page to page, so every page ties by
 * itself and the last page closes the day. `balances` are moved on to the closing ones.
 */
export const journalPages = (
  org: Organization,
  day: Day,
  rows: readonly JournalRow[],
  version: JournalVersion,
  pageSize: number,
  balances: Balances,
): string[] => {
  const pages = Math.max(1, Math.ceil(rows.length / pageSize));
  const compact = isoDay(day).replaceAll('-', '');
  const three = (number: number): string => String(number).padStart(3, '0');
  return Array.from({ length: pages }, (_, p) => {
    const own = rows.slice(p * pageSize, (p + 1) * pageSize);
    const id = `GDC-${compact}${org.bankCode}${compact}#${three(p + 1)}#${three(pages)}`;
    const whole: Totals = { opening: 0, in: 0, out: 0 };
    let body = '';
    for (const account of ACCOUNTS) {
      const of = own.filter((row) => accountOf(row) === account);
      const totals = totalsOf(balances[account], of);
      const moves = of.map((row) => movement(row, version, `${compact}${org.bankCode}`, rows.indexOf(row) + 1)).join('');
      body +=
        `<informazioni_conto_evidenza><conto_evidenza>${account}</conto_evidenza>\n${moves}` +
        `${balanceTags(totals, (n) => `${n === 'precedente' || n === 'finale' ? 'saldo' : 'totale'}_${n}_conto_evidenza`)}` +
        '</informazioni_conto_evidenza>\n';
      whole.opening += totals.opening;
      whole.in += totals.in;
      whole.out += totals.out;
      balances[account] = totals.opening + totals.in - totals.out;
    }
    const totals = balanceTags(whole, (n) => (n === 'precedente' || n === 'finale' ? `saldo_complessivo_${n}` : `totale_complessivo_${n}`));
    return `${header(org, day, version, id, p + 1, pages)}${body}${totals}${JOURNAL_SIGNATURE}</flusso_giornale_di_cassa>\n`;
  });
};
