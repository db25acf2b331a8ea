import { isoDay } from '../calendar';
import type { Flow, FlowVersion, Organization } from '../model';
import { euro, xml } from './text';

/** One version of a settlement flow (FdR) as XML, `FlussoRiversamento` of the public schema 1.0.4. */
export const flowXml = (org: Organization, flow: Flow, version: FlowVersion): string => {
  const { psp } = flow;
  const head =
    '<?xml version="1.0" encoding="UTF-8"?>\n<FlussoRiversamento xmlns="http://www.digitpa.gov.it/schemas/2011/Pagamenti/">\n' +
    `<versioneOggetto>1.0</versioneOggetto>\n<identificativoFlusso>${flow.iuf}</identificativoFlusso>\n` +
    `<dataOraFlusso>${version.dateTime}</dataOraFlusso>\n` +
    `<identificativoUnivocoRegolamento>${flow.trn}</identificativoUnivocoRegolamento>\n` +
    `<dataRegolamento>${isoDay(flow.regulationOn)}</dataRegolamento>\n<istitutoMittente><identificativoUnivocoMittente>` +
    `<tipoIdentificativoUnivoco>${psp.senderType}</tipoIdentificativoUnivoco>` +
    `<codiceIdentificativoUnivoco>${psp.senderCode}</codiceIdentificativoUnivoco></identificativoUnivocoMittente>` +
    `<denominazioneMittente>${xml(psp.name)}</denominazioneMittente></istitutoMittente>\n` +
    `<codiceBicBancaDiRiversamento>${psp.bic}</codiceBicBancaDiRiversamento>\n<istitutoRicevente><identificativoUnivocoRicevente>` +
    '<tipoIdentificativoUnivoco>G</tipoIdentificativoUnivoco>' +
    `<codiceIdentificativoUnivoco>${org.fiscalCode}</codiceIdentificativoUnivoco></identificativoUnivocoRicevente>` +
    `<denominazioneRicevente>${xml(org.name)}</denominazioneRicevente></istitutoRicevente>\n` +
    `<numeroTotalePagamenti>${version.lines.length}</numeroTotalePagamenti>\n` +
    `<importoTotalePagamenti>${euro(version.declaredCents)}</importoTotalePagamenti>\n`;
  let rows = '';
  for (const line of version.lines) {
    rows +=
      `<datiSingoliPagamenti><identificativoUnivocoVersamento>${line.iuv}</identificativoUnivocoVersamento>` +
      `<identificativoUnivocoRiscossione>${line.iur}</identificativoUnivocoRiscossione>` +
      `<indiceDatiSingoloPagamento>${line.index}</indiceDatiSingoloPagamento>` +
      `<singoloImportoPagato>${euro(line.cents)}</singoloImportoPagato>` +
      `<codiceEsitoSingoloPagamento>${line.outcome}</codiceEsitoSingoloPagamento>` +
      `<dataEsitoSingoloPagamento>${isoDay(line.paidOn)}</dataEsitoSingoloPagamento></datiSingoliPagamenti>\n`;
  }
  return `${head}${rows}</FlussoRiversamento>\n`;
};
