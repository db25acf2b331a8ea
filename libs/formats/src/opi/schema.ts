import { type JournalHeader } from '@quadra/domain';

/** Ways of execution that only one side of the change from 1.6.1 to 1.7.1 knows. */
const UNTIL_1_6_1 = new Set([
  'ACCREDITO TESORERIA PROVINCIALE STATO PER TAB A',
  'ACCREDITO TESORERIA PROVINCIALE STATO PER TAB B',
  "REGOLARIZZAZIONE ACCREDITO BANCA D'ITALIA",
  'REGOLARIZZAZIONE ACCREDITO TESORERIA PROVINCIALE STATO PER TAB A',
  'REGOLARIZZAZIONE ACCREDITO TESORERIA PROVINCIALE STATO PER TAB B',
  'VAGLIA POSTALE',
  'VAGLIA TESORO',
]);
const SINCE_1_7_1 = new Set(['ACCREDITO TESORERIA PROVINCIALE STATO', 'ASSEGNO DI TRAENZA PER COMMUTAZIONE EX ART 219 TUEL']);

/**
 * The version of the schema (OPI, AgID): a journal does not state it, so it is told by what stands in it. 1.4 has a
 * period instead of a day; 1.8 knows instant credit transfers; between 1.6.1 and 1.8 only the ways of execution differ,
 * and where none of the telling ones occurs the range is all that can be said.
 */
export class SchemaSigns {
  private period = false;
  private instant = false;
  private before = false;
  private since = false;

  see(path: string, value: string): void {
    if (path === 'data_inizio_periodo_riferimento') this.period = true;
    if (!path.endsWith('/tipo_esecuzione')) return;
    const way = value.trim();
    if (way === 'SEPA INSTANT CREDIT TRANSFER') this.instant = true;
    else if (UNTIL_1_6_1.has(way)) this.before = true;
    else if (SINCE_1_7_1.has(way)) this.since = true;
  }

  version(): JournalHeader['schema'] {
    if (this.period) return 'OPI 1.4';
    if (this.instant) return 'OPI 1.8';
    if (this.since) return 'OPI 1.7.1-1.8';
    return this.before ? 'OPI 1.6.1' : 'OPI 1.6.1-1.8';
  }
}
