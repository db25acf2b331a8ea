import type { Layout } from '../csv';

const COLUMNS = {
  iud: ['IUD', 'codIud'],
  iuv: ['codIuv', 'IUV'],
  code: ['codiceIdentificativoUnivoco'],
  name: ['anagraficaPagatore'],
  street: ['indirizzoPagatore'],
  number: ['civicoPagatore'],
  postalCode: ['capPagatore'],
  city: ['localitaPagatore'],
  province: ['provinciaPagatore'],
  country: ['nazionePagatore'],
  email: ['e-mailPagatore', 'mailPagatore'],
  executedOn: ['dataEsecuzionePagamento'],
  amount: ['importoDovutoPagato'],
  dueType: ['tipoDovuto'],
  description: ['causaleVersamento'],
  category: ['datiSpecificiRiscossione'],
} as const;

export type NoticeColumn = keyof typeof COLUMNS;

/** The payment notification (*pagamenti notificati*, MyPivot's flow D): 19 or 20 columns, of which these matter. */
export const NOTICE_LAYOUT: Layout<NoticeColumn> = { columns: COLUMNS, required: ['iud', 'iuv', 'executedOn', 'amount'] };
