import type { Day } from './calendar';
import type { Credit } from './model';
import type { Rng } from './rng';
import type { JournalRow } from './journal-row';

/** A movement that has nothing to do with pagoPA: money in (a credit that nothing explains), or any other row. */
export type OtherMovement = { readonly credit: Credit } | { readonly row: Omit<JournalRow, 'number' | 'receiptNumber'> };

const IN = [
  { client: 'AGENZIA ENTRATE STRUTTURA DI GESTIONE', text: 'ACCREDITO F24 TRIBUTI COMUNALI ELENCO', execution: "ACCREDITO BANCA D'ITALIA" },
  { client: 'MINISTERO INTERNO', text: 'TRASFERIMENTO DALLO STATO FONDO SOLIDARIETA', execution: "ACCREDITO BANCA D'ITALIA" },
  { client: 'ACQUIRER CARTE FINTE SPA', text: 'INCASSO POS SPORTELLO', execution: 'SEPA CREDIT TRANSFER' },
  { client: 'RONDAVALLE SERGIO', text: 'AFFITTO FONDO AGRICOLO SRFS SPA CORRISPETTIVI', execution: 'SEPA CREDIT TRANSFER' },
  { client: 'ECONOMO COMUNALE', text: 'VERSAMENTO ECONOMO', execution: 'CASSA' },
] as const;

const OUT = ['FORNITURA ENERGIA', 'STIPENDI MENSILI', 'CONTRIBUTO ASSOCIAZIONI', 'RATA MUTUO', 'MANUTENZIONE STRADE'] as const;

const credit = (day: Day, rng: Rng, kind: Credit['kind']): Credit => {
  const source = rng.pick(IN);
  return {
    kind,
    bookedOn: day,
    valueOn: day,
    cents: rng.int(1_000, 9_000_000),
    client: source.client,
    text: `${source.text} ${rng.int(100, 999)}`,
    execution: source.execution,
    reversals: [],
    allocatedCents: 0,
  };
};

const out = (day: Day, rng: Rng, document: 'MANDATO' | 'SOSPESO USCITA'): Omit<JournalRow, 'number' | 'receiptNumber'> => ({
  direction: 'USCITA',
  document,
  operation: 'ESEGUITO',
  progressive: document === 'MANDATO' ? 1 : 0,
  cents: rng.int(2_000, 6_000_000),
  cash: -1,
  on: day,
  valueOn: day,
  client: 'FORNITORE IMMAGINARIO SRL',
  text: rng.pick(OUT),
  execution: 'SEPA CREDIT TRANSFER',
});

/** What else moves on one day: some money in, orders paid, now and then an order collected at the counter or a giroconto. */
export const otherMovements = (day: Day, rng: Rng): OtherMovement[] => {
  const found: OtherMovement[] = [];
  for (let n = rng.int(0, 3); n > 0; n--) found.push({ credit: credit(day, rng, 'sospeso') });
  if (rng.chance(0.15)) found.push({ credit: credit(day, rng, 'reversale') });
  for (let n = rng.int(1, 4); n > 0; n--) found.push({ row: out(day, rng, 'MANDATO') });
  if (rng.chance(0.2)) found.push({ row: out(day, rng, 'SOSPESO USCITA') });
  if (rng.chance(0.05)) {
    const base = out(day, rng, 'MANDATO');
    found.push({
      row: { ...base, direction: 'ENTRATA', document: 'GIROCONTO', cash: 1, client: 'ENTE', text: 'GIROCONTO FONDI', execution: 'CASSA' },
    });
  }
  return found;
};
