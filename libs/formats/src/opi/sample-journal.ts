import { toOrg } from '@quadra/kernel';
import type { IntakeRecord, ReaderContext, Source } from '../intake';
import { memorySource } from '../source';

/** Journals for the specs of this folder. */
export const ORG = toOrg('01234567890');

/** Stands in for the parser of remittance texts, which belongs to another library. */
export const CONTEXT: ReaderContext = {
  org: ORG,
  digest: (text) => `digest of ${text}`,
  parseRemittance: (text) => {
    const ids = text.match(/\d{4}-\d\d-\d\d[A-Z]+-\d+/g) ?? [];
    return {
      candidates: ids.map((iuf, group) => ({ iuf, tier: 'exact' as const, group })),
      iuvs: text.match(/RF\d+/g) ?? [],
      parserVersion: 7,
    };
  },
};

type Fields = Readonly<Record<string, string | undefined>>;

const elements = (fields: Fields): string =>
  Object.entries(fields)
    .map(([name, value]) => (value === undefined ? '' : `<${name}>${value}</${name}>`))
    .join('\n');

/** A movement: an executed provisional document of 100.00, but for what is said. `sospesi`: pairs of number and amount. */
export const movement = (fields: Fields = {}, sospesi: readonly (readonly [string, string])[] = [], free: Fields = {}): string => {
  const all: Fields = {
    tipo_movimento: 'ENTRATA',
    tipo_documento: 'SOSPESO ENTRATA',
    tipo_operazione: 'ESEGUITO',
    numero_documento: '0004411',
    progressivo_documento: '0000000',
    importo: '100.00',
    numero_bolletta_quietanza: '0000998',
    numero_bolletta_quietanza_storno: '0000000',
    data_movimento: '2026-11-24',
    tipo_esecuzione: 'SEPA CREDIT TRANSFER',
    cliente: '<anagrafica_cliente>PSP SPA</anagrafica_cliente><codice_fiscale_cliente>09876543210</codice_fiscale_cliente>',
    causale: '/PUR/LGPE-RIVERSAMENTO/URI/2026-11-24PSPX-1',
    ...fields,
  };
  const provisionals = sospesi.map(
    ([number, amount]) =>
      `<sospeso><numero_provvisorio>${number}</numero_provvisorio><importo_provvisorio>${amount}</importo_provvisorio></sospeso>`,
  );
  return `<movimento_conto_evidenza>${elements(all)}${provisionals.join('')}<dati_a_disposizione_BT>${elements(free)}</dati_a_disposizione_BT></movimento_conto_evidenza>`;
};

/** A page with one account that holds the movements. `head` replaces or (undefined) removes fields. */
export const journal = (movements: readonly string[], head: Fields = {}, account: Fields = {}): string => {
  const testata = elements({
    codice_ABI_BT: head['codice_ABI_BT'] ?? '03069',
    codice_fiscale_ente: head['codice_fiscale_ente'] ?? ORG,
  });
  const all: Fields = {
    identificativo_flusso_BT: 'GDC-20261124ABCDEFGHIJ#001#001',
    pagina: '1',
    pagine_totali: '1',
    esercizio: '2026',
    data_riferimento_GdC: '2026-11-24',
    ...head,
    codice_ABI_BT: undefined,
    codice_fiscale_ente: undefined,
  };
  const balances = elements({ saldo_precedente_conto_evidenza: '1000.00', saldo_finale_conto_evidenza: '-1.50', ...account });
  return `<?xml version="1.0" encoding="UTF-8"?>
<flusso_giornale_di_cassa><testata_messaggio>${testata}</testata_messaggio>${elements(all)}
<informazioni_conto_evidenza><conto_evidenza>0000100</conto_evidenza>
${movements.join('\n')}
${balances}</informazioni_conto_evidenza>
<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>
</flusso_giornale_di_cassa>`;
};

export const page = (xml: string, name = 'journal.xml'): Source => memorySource(name, Buffer.from(xml));

export const recordsOf = async (batches: AsyncIterable<IntakeRecord[]>): Promise<IntakeRecord[]> => {
  const records: IntakeRecord[] = [];
  for await (const batch of batches) records.push(...batch);
  return records;
};

type OfKind<K extends IntakeRecord['kind']> = Extract<IntakeRecord, { kind: K }>;
export const ofKind = <K extends IntakeRecord['kind']>(records: readonly IntakeRecord[], kind: K): OfKind<K>[] =>
  records.filter((record): record is OfKind<K> => record.kind === kind);
