import { parseDate } from '@quadra/kernel';

/** `identificativoFlusso`: at most 35 characters of `[A-Za-z0-9_-]` (schema of the settlement flow). */
export const MAX_FLOW_ID = 35;
const DATE_LENGTH = 10;

/** The text goes on from `index` with an existing day, `YYYY-MM-DD`. */
export const startsWithDate = (text: string, index = 0): boolean => parseDate(text.slice(index, index + DATE_LENGTH)) !== undefined;

/** A date and more, within the alphabet and length of a flow id. A bare date is no id. */
export const isFlowId = (text: string): boolean =>
  text.length > DATE_LENGTH && text.length <= MAX_FLOW_ID && /^[A-Za-z0-9_-]+$/.test(text) && startsWithDate(text);

/** As SACI builds it: settlement date, sender, dash, progressive. Ids without the dash exist, so this only ranks. */
export const isSaciShaped = (id: string): boolean => isFlowId(id) && /^[A-Za-z0-9_]+-.*[A-Za-z0-9_]$/.test(id.slice(DATE_LENGTH));
