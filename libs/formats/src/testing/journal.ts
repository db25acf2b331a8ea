import { ORG } from './documents';

/** One page of a treasury journal with one credit, enough to be read. */
export const journalPage = (
  page: number,
  pages: number,
  day = '2026-03-02',
  org: string = ORG,
): string => `<?xml version="1.0" encoding="UTF-8"?>
<flusso_giornale_di_cassa>
<testata_messaggio><codice_ABI_BT>03069</codice_ABI_BT><codice_fiscale_ente>${org}</codice_fiscale_ente></testata_messaggio>
<identificativo_flusso_BT>GDC-${day.replaceAll('-', '')}000000000001#00${page}#00${pages}</identificativo_flusso_BT>
<pagina>${page}</pagina><pagine_totali>${pages}</pagine_totali>
<esercizio>2026</esercizio><data_riferimento_GdC>${day}</data_riferimento_GdC>
<informazioni_conto_evidenza><conto_evidenza>0000001</conto_evidenza>
<movimento_conto_evidenza><tipo_movimento>ENTRATA</tipo_movimento><tipo_documento>SOSPESO ENTRATA</tipo_documento><tipo_operazione>ESEGUITO</tipo_operazione>
<numero_documento>${page}</numero_documento><progressivo_documento>1</progressivo_documento><importo>10.00</importo>
<data_movimento>${day}</data_movimento><data_valuta_ente>${day}</data_valuta_ente><cliente><anagrafica_cliente>A Bank</anagrafica_cliente></cliente><causale>text</causale>
</movimento_conto_evidenza></informazioni_conto_evidenza></flusso_giornale_di_cassa>`;
