import type { Layout } from '../csv';

const COLUMNS = {
  iud: ['codIud'],
  iuv: ['codIuv'],
  domain: ['identificativoDominio'],
  issuer: ['cod_fiscale_pa1'],
  beneficiary: ['enteBenefCodiceIdentificativoUnivoco'],
  messageId: ['identificativoMessaggioRicevuta'],
  messageAt: ['dataOraMessaggioRicevuta'],
  psp: ['codiceIdentificativoUnivoco'],
  pspName: ['denominazioneAttestante'],
  outcome: ['codiceEsitoPagamento'],
  total: ['importoTotalePagato'],
  rtIuv: ['identificativoUnivocoVersamento'],
  context: ['codiceContestoPagamento'],
  amount: ['singoloImportoPagato'],
  paidOn: ['dataEsitoSingoloPagamento'],
  iur: ['identificativoUnivocoRiscoss', 'identificativoUnivocoRiscossione'],
  index: ['indiceDatiSingoloPagamento'],
  description: ['causaleVersamento'],
  category: ['datiSpecificiRiscossione'],
  taxonomy: ['cod_tassonomico_dovuto_pa1'],
  dueType: ['tipoDovuto'],
  attachment: ['codRtDatiPagDatiSingPagAllegatoRicevutaTipo'],
  debtorCode: ['soggPagCodiceIdentificativoUnivoco'],
  debtorName: ['anagraficaPagatore'],
  debtorStreet: ['indirizzoPagatore'],
  debtorNumber: ['civicoPagatore'],
  debtorPostalCode: ['capPagatore'],
  debtorCity: ['localitaPagatore'],
  debtorProvince: ['provinciaPagatore'],
  debtorCountry: ['nazionePagatore'],
  debtorEmail: ['emailPagatore'],
  payerCode: ['soggVersCodiceIdentificativoUnivoco'],
  payerName: ['anagraficaVersante'],
  payerStreet: ['indirizzoVersante'],
  payerNumber: ['civicoVersante'],
  payerPostalCode: ['capVersante'],
  payerCity: ['localitaVersante'],
  payerProvince: ['provinciaVersante'],
  payerCountry: ['nazioneVersante'],
  payerEmail: ['emailVersante'],
} as const;

export type ReceiptColumn = keyof typeof COLUMNS;

/**
 * The receipt export (*flusso RT*) of 72 to 76 columns: versions 1.0 and 1.1, 1.2 with `bilancio`, 1.3 with the three
 * columns of the first body (`…_pa1`). Names come in camel case or in snake case; they compare without signs.
 */
export const RECEIPT_LAYOUT: Layout<ReceiptColumn> = {
  columns: COLUMNS,
  required: ['iuv', 'domain', 'messageId', 'messageAt', 'psp', 'outcome', 'total', 'rtIuv'],
};
