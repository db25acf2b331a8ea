import { isoDay } from '../calendar';
import type { Notice } from '../model';
import { csv, euro } from './text';

/** Header of the notification CSV; the blank after `datiSpecificiRiscossione` stands in the published header. */
export const NOTIFICATION_CSV_HEADER =
  'IUD;codIuv;tipoIdentificativoUnivoco;codiceIdentificativoUnivoco;anagraficaPagatore;indirizzoPagatore;civicoPagatore;capPagatore;' +
  'localitaPagatore;provinciaPagatore;nazionePagatore;e-mailPagatore;dataEsecuzionePagamento;importoDovutoPagato;commissioneCaricoPa;' +
  'tipoDovuto;tipoVersamento;causaleVersamento;datiSpecificiRiscossione ;bilancio\n';

/** One notification (*pagamento notificato*) as a row. */
export const notificationCsvRow = (notice: Notice): string => {
  const { debtor, due } = notice;
  const fields = [notice.iud, notice.iuv, 'F', debtor.fiscalCode, debtor.name, debtor.street, debtor.civic, '', '', '', 'IT', ''];
  const payment = [isoDay(notice.executedOn), euro(notice.cents), '0.00', due.type, 'ALL', notice.text, `9/${due.category}`, ''];
  return `${[...fields, ...payment].map(csv).join(';')}\n`;
};
