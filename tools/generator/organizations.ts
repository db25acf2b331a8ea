import { fiscalCode, ibanOf } from './ids';
import type { Organization, Psp } from './model';
import { placeName } from './names';
import type { Rng } from './rng';

export type ReceiptFormat = 'xml' | 'csv' | 'mixed';

/**
 * Bodies in the order of their fiscal codes (9900…, a range of nobody): Comuni first, then one Provincia (two from six
 * bodies on, of which the second gets no receipts of notices that others issued). Every third Comune uses notifications.
 * A Provincia always gets receipts as XML, since the CSV cannot hold those of other issuers.
 */
export const createOrganizations = (count: number, receipts: ReceiptFormat): Organization[] => {
  const provinces = count >= 6 ? 2 : count >= 2 ? 1 : 0;
  return Array.from({ length: count }, (_, index): Organization => {
    const kind = index < count - provinces ? 'comune' : 'provincia';
    const place = placeName(index);
    const csv = receipts === 'csv' || (receipts === 'mixed' && index % 4 === 2);
    const abi = `9900${index % 5}`;
    return {
      index,
      fiscalCode: fiscalCode(String(9_900_100_000 + index * 37)),
      name: `${kind === 'comune' ? 'Comune' : 'Provincia'} di ${place}`,
      place,
      kind,
      usesNotifications: kind === 'comune' && index % 3 === 1,
      receivesSecondaryReceipts: !(provinces === 2 && index === count - 1),
      receiptFormat: csv && kind === 'comune' ? 'csv' : 'xml',
      // A Provincia's own IUVs sort before those that it gets from others, so that the truth can be written as it comes.
      series: String(kind === 'provincia' ? count - index : 101 + index).padStart(4, '0'),
      iban: ibanOf(abi, '12100', String(100_000 + index)),
      abi,
      ipa: `Q${String(10_000 + index)}`,
      istat: String(990_000_000 + index),
      bankCode: String(7_700_000 + index),
    };
  });
};

/** IUVs of this series are issued by two bodies at once: they collide at the Provincia. Sorts after all other series. */
export const SHARED_SERIES = '9901';

const PSP_NAMES = [
  'Banca Fintamare',
  'Quarzo Pagamenti',
  'Posta Fittizia',
  'Credito Ondalunga',
  'Cassa Rurale Finta Valle',
  'Lume Istituto di Pagamento',
  'Banca Sestante Immaginaria',
  'Tabacchi Riuniti Pay',
  'Moneta Elettronica Zefiro',
  'Banco Controvento',
  'Pagafinto Europe',
  'Istituto Cobaltino',
];

export const PSPS: readonly Psp[] = PSP_NAMES.map((name, i): Psp => {
  const bic = `ZQ${'ABCDEFGHIJKL'[i]}FITM${i % 10}XXX`;
  const abi = `9910${i % 10}`;
  const code = fiscalCode(String(9_900_900_000 + i * 11));
  const senderType = i % 4 === 2 ? 'A' : i % 4 === 3 ? 'G' : 'B';
  return {
    id: senderType === 'B' ? bic : senderType === 'A' ? `ABI${abi}` : code,
    name,
    senderType,
    senderCode: senderType === 'B' ? bic : senderType === 'A' ? abi : code,
    bic,
    abi,
    fiscalCode: code,
  };
});

/** A PSP by a steep Zipf law: one collects nearly half, most of them little. That gives flows of all sizes. */
export const drawPsp = (rng: Rng): Psp => {
  const at = rng.next() * CUMULATIVE[CUMULATIVE.length - 1]!;
  return PSPS[CUMULATIVE.findIndex((limit) => at < limit)]!;
};

const CUMULATIVE: readonly number[] = PSPS.map((_, i) => PSPS.slice(0, i + 1).reduce((sum, _psp, j) => sum + 1 / (j + 1) ** 1.7, 0));
