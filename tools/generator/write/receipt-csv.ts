import { isoDay, isoMinute } from '../calendar';
import type { Receipt } from '../model';
import { csv, euro } from './text';

/** Columns of the receipt CSV of version 1.3, in their order (the incumbents' published interface). */
const COLUMNS = (
  'iuf numRigaFlusso codIud codIuv versioneOggetto identificativoDominio identificativoStazioneRichiedente ' +
  'identificativoMessaggioRicevuta dataOraMessaggioRicevuta riferimentoMessaggioRichiesta riferimentoDataRichiesta ' +
  'tipoIdentificativoUnivoco codiceIdentificativoUnivoco denominazioneAttestante codiceUnitOperAttestante denomUnitOperAttestante ' +
  'indirizzoAttestante civicoAttestante capAttestante localitaAttestante provinciaAttestante nazioneAttestante ' +
  'enteBenefTipoIdentificativoUnivoco enteBenefCodiceIdentificativoUnivoco denominazioneBeneficiario codiceUnitOperBeneficiario ' +
  'denomUnitOperBeneficiario indirizzoBeneficiario civicoBeneficiario capBeneficiario localitaBeneficiario provinciaBeneficiario ' +
  'nazioneBeneficiario soggVersTipoIdentificativoUnivoco soggVersCodiceIdentificativoUnivoco anagraficaVersante indirizzoVersante ' +
  'civicoVersante capVersante localitaVersante provinciaVersante nazioneVersante emailVersante soggPagTipoIdentificativoUnivoco ' +
  'soggPagCodiceIdentificativoUnivoco anagraficaPagatore indirizzoPagatore civicoPagatore capPagatore localitaPagatore ' +
  'provinciaPagatore nazionePagatore emailPagatore codiceEsitoPagamento importoTotalePagato identificativoUnivocoVersamento ' +
  'codiceContestoPagamento singoloImportoPagato esitoSingoloPagamento dataEsitoSingoloPagamento identificativoUnivocoRiscoss ' +
  'causaleVersamento datiSpecificiRiscossione tipoDovuto tipoFirma rt indiceDatiSingoloPagamento ' +
  'numRtDatiPagDatiSingPagCommissioniApplicatePsp codRtDatiPagDatiSingPagAllegatoRicevutaTipo ' +
  'blbRtDatiPagDatiSingPagAllegatoRicevutaTest bilancio cod_fiscale_pa1 de_nome_pa1 cod_tassonomico_dovuto_pa1'
).split(' ');

export const RECEIPT_CSV_HEADER = `${COLUMNS.join(';')}\n`;

type Row = Readonly<Record<string, string>>;

/** Only what the partner's export fills; the issuer (*dominio*) is the body itself: the CSV holds no receipts of others. */
const rowOf = (receipt: Receipt): Row => {
  const { issuer, psp, debtor } = receipt;
  const own = receipt.shares.find((share) => share.beneficiary === issuer)!;
  const total = receipt.shares.reduce((sum, share) => sum + share.cents, 0);
  return {
    codIud: receipt.iud,
    codIuv: receipt.iuv,
    versioneOggetto: '6.2.0',
    identificativoDominio: issuer.fiscalCode,
    identificativoStazioneRichiedente: `${issuer.fiscalCode}_01`,
    identificativoMessaggioRicevuta: receipt.iur,
    dataOraMessaggioRicevuta: isoMinute(receipt.paidAt, receipt.second),
    tipoIdentificativoUnivoco: psp.senderType,
    codiceIdentificativoUnivoco: psp.id,
    denominazioneAttestante: psp.name,
    enteBenefTipoIdentificativoUnivoco: 'G',
    enteBenefCodiceIdentificativoUnivoco: issuer.fiscalCode,
    denominazioneBeneficiario: issuer.name,
    soggPagTipoIdentificativoUnivoco: 'F',
    soggPagCodiceIdentificativoUnivoco: debtor.fiscalCode,
    anagraficaPagatore: debtor.name,
    indirizzoPagatore: debtor.street,
    civicoPagatore: debtor.civic,
    nazionePagatore: 'IT',
    codiceEsitoPagamento: receipt.outcome === 'OK' ? '0' : '1',
    importoTotalePagato: euro(total),
    identificativoUnivocoVersamento: receipt.iuv,
    codiceContestoPagamento: receipt.iur,
    singoloImportoPagato: euro(own.cents),
    esitoSingoloPagamento: receipt.outcome === 'OK' ? 'OK' : 'KO',
    dataEsitoSingoloPagamento: isoDay(Math.floor(receipt.paidAt / 1440)),
    identificativoUnivocoRiscoss: receipt.iur,
    causaleVersamento: receipt.text,
    datiSpecificiRiscossione: `9/${own.category}`,
    tipoDovuto: receipt.due.type,
    indiceDatiSingoloPagamento: String(own.index),
    cod_fiscale_pa1: issuer.fiscalCode,
    de_nome_pa1: issuer.name,
    cod_tassonomico_dovuto_pa1: own.category,
  };
};

/** One receipt as a row of the CSV. */
export const receiptCsvRow = (receipt: Receipt): string => {
  const row = rowOf(receipt);
  return `${COLUMNS.map((column) => csv(row[column] ?? '')).join(';')}\n`;
};
