import type { RemittanceCandidate } from '@quadra/domain';

type Sample = readonly [text: string, ids: readonly string[], tier: RemittanceCandidate['tier'], progressive: number | undefined];

const A = '2025-09-23BPPIITRRXXX-000038102790';
const B = '2025-09-24ABI06090-F77';
const C = '2026-01-07UNCRITMM-2026010712345';

/** Texts that name flows, in the forms met at treasurers: the ids that must come first, one per id in the text. */
export const CUMULATIVE: Sample[] = [
  // As SACI writes it
  [`/PUR/LGPE-RIVERSAMENTO/URI/${A}`, [A], 'exact', undefined],
  [`/PUR/LGPE-RIVERSAMENTO/URI/${B}`, [B], 'exact', undefined],
  [`/PUR/LGPE-RIVERSAMENTO/TXT/0/URI/${A}`, [A], 'exact', 0],
  [`/PUR/LGPE-RIVERSAMENTO/TXT/1/URI/${C}`, [C], 'exact', 1],
  [`/PUR/LGPE-RIVERSAMENTO/TXT/9/URI/${C}`, [C], 'exact', 9],
  [`/PUR/LGPE-RIVERSAMENTO Banca Y pagamenti del 20250923/URI/${A}`, [A], 'exact', undefined],
  [`:RI3:/PUR/LGPE-RIVERSAMENTO/URI/${A} :SEC:CASH`, [A], 'exact', undefined],
  [`RI1/PUR/LGPE-RIVERSAMENTO/URI/${A} ACCREDITO BOLLETTINO P.A.`, [A], 'exact', undefined],
  [`00/ZZ2BANCA Z SPA/ZZ3Comune/PUR/LGPE-RIVERSAMENTO/TXT/0/URI/${B}/ZZ4/4184`, [B], 'exact', 0],
  [`/PUR/LGPE-RIVERSAMENTO/URI/${A}/`, [A], 'exact', undefined],
  [`BONIFICO DA PSP SERVIZIO PAGOPA /PUR/LGPE-RIVERSAMENTO/TXT/2/URI/${A} DATA ORD 23/09`, [A], 'exact', 2],
  // Other marks than slashes
  [`PUR LGPE-RIVERSAMENTO URI ${A}`, [A], 'repaired', undefined],
  [`PUR LGPE-RIVERSAMENTO TXT 0 URI ${A}`, [A], 'repaired', 0],
  [`.PUR.LGPE-RIVERSAMENTO.URI.${B}`, [B], 'repaired', undefined],
  [`.PUR.LGPE-RIVERSAMENTO.TXT.1.URI.${B}`, [B], 'repaired', 1],
  [`PUR-LGPE-RIVERSAMENTO-URI-${B}`, [B], 'repaired', undefined],
  [`\\PUR\\LGPE-RIVERSAMENTO\\URI\\${B}`, [B], 'repaired', undefined],
  [`/PUR/LGPE-RIVERSAMENTO//URI/${B}`, [B], 'repaired', undefined],
  [`/PUR/LGPE-RIVERSAMENTO/ URI/${B}`, [B], 'repaired', undefined],
  [`/PUR/LGPE-RIVERSAMENTO/URI ${B}`, [B], 'repaired', undefined],
  [`PURLGPE-RIVERSAMENTOURI${B}`, [B], 'repaired', undefined],
  // Wraps
  ['/PUR/LGPE-RIVERSAMENTO/URI/2025-09- 23BPPIITRRXXX-000038102790', [A], 'repaired', undefined],
  ['/PUR/LGPE-RIVERSAMENTO/URI/2025-09-2 3BPPIITRRXXX-000038102790', [A], 'repaired', undefined],
  ['/PUR/LGPE-RIVERSAMENTO/URI/20 25-09-23BPPIITRRXXX-000038102790', [A], 'repaired', undefined],
  ['/PUR/LGPE-RIVERSAMENTO/URI/2025-09-23 BPPIITRRXXX-000038102790', [A], 'repaired', undefined],
  ['/PUR/LGPE-RIVERSAMENTO/URI/2025-09-23BPPI ITRRXXX-000038102790', [A], 'repaired', undefined],
  ['/PUR/LGPE-RIVERSAMENTO/URI/2025-09-23BPPIITRRXXX -000038102790', [A], 'repaired', undefined],
  ['/PUR/LGPE-RIVERSAMENTO/URI/2025-09-23BPPIITRRXXX- 000038102790', [A], 'repaired', undefined],
  ['/PUR/LGPE-RIVERSAMENTO/URI/2025-09-\n23BPPIITRRXXX-000038102790', [A], 'repaired', undefined],
  ['/PUR/LGPE-RIVERSAMENTO/URI/2025-09-\r\n   23BPPI ITRRXXX-000038102790', [A], 'repaired', undefined],
  ['/PUR/LGPE-RIVERSAMENTO/TXT/1/URI/2025-09-23BPPIITRR XXX-000038102790 /ORD.', [A], 'repaired', 1],
  [`/PUR/LGPE-RIVER SAMENTO/URI/${A}`, [A], 'repaired', undefined],
  [`/PUR/LGPE- RIVERSAMENTO/URI/${A}`, [A], 'repaired', undefined],
  [`/PUR/LGPE - RIVERSAMENTO/URI/${A}`, [A], 'repaired', undefined],
  [`/PUR/L GPE-RIVERSAMENTO/URI/${A}`, [A], 'repaired', undefined],
  [`/PUR/LGPE-RIVERSAMENTO/T XT/3/URI/${A}`, [A], 'repaired', 3],
  [`/PUR/LGPE-RIVERSAMENTO/U RI/${A}`, [A], 'repaired', undefined],
  // Parts lost
  [`/PUR/RIVERSAMENTO/URI/${B}`, [B], 'repaired', undefined],
  [`RIVERSAMENTO/URI/${B}`, [B], 'repaired', undefined],
  [`LGPE-RIVERSAMENTO/URI/${B}`, [B], 'repaired', undefined],
  [`MENTO/URI/${B}`, [B], 'repaired', undefined],
  [`/PUR/LGPE-RIVERSAMENTO/1/URI/${A}`, [A], 'repaired', 1],
  [`LGPE-RIVERSAMENTO ${A}`, [A], 'repaired', undefined],
  [`ACCREDITO PAGOPA ${A}`, [A], 'repaired', undefined],
  [A, [A], 'repaired', undefined],
  // Case and words around
  [`/pur/lgpe-riversamento/uri/${B.toLowerCase()}`, [B.toLowerCase()], 'repaired', undefined],
  [`/Pur/Lgpe-Riversamento/Txt/0/Uri/${B}`, [B], 'repaired', 0],
  [`ACCREDITI VARI LGPE-RIVERSAMENTO/URI/${A} DATA ORD 01/10`, [A], 'repaired', undefined],
  ['ACCREDITI VARI LGPE-RIVERSAMENTO/URI/2025-09-23BPPIITRR XXX-000038102790 DATA ORD', [A], 'repaired', undefined],
  [`COMUNE DI PISA (PI) ORD: POSTE /PUR/LGPE-RIVERSAMENTO/URI/${A}, CRO 123`, [A], 'exact', undefined],
  // Several ids
  [`/PUR/LGPE-RIVERSAMENTO/URI/${A} /PUR/LGPE-RIVERSAMENTO/URI/${B}`, [A, B], 'exact', undefined],
  [`PUR LGPE-RIVERSAMENTO URI ${B} PUR LGPE-RIVERSAMENTO URI ${C}`, [B, C], 'repaired', undefined],
  [`/PUR/LGPE-RIVERSAMENTO/TXT/1/URI/${B}/URI/${C}`, [B, C], 'exact', 1],
  [`LGPE-RIVERSAMENTO URI ${B} ${C}`, [B, C], 'repaired', undefined],
  [`/PUR/LGPE-RIVERSAMENTO/URI/${A} /PUR/LGPE-RIVERSAMENTO/URI/${A}`, [A], 'exact', undefined],
];

/** Texts that hold no usable id of a flow and no IUV. */
export const NO_FLOW: string[] = [
  '',
  '/PUR/LGPE-RIVERSAMENTO/URI/2',
  '/PUR/LGPE-RIVERSAMENTO/URI/',
  '/PUR/LGPE-RIVERSAMENTO',
  '/PUR/LGPE-RIVERSAMENTO/URI/2025-09-23',
  '/PUR/LGPE-RIVERSAMENTO/URI/2025-09-23 DATA ORD 01/10',
  '/PUR/LGPE-RIVERSAMENTO/URI/2025-09-23 DEL COMUNE',
  '/PUR/LGPE-RIVERSAMENTO/URI/2025-09-23BPPIITRRXXX/000038102790',
  '/PUR/LGPE-RIVERSAMENTO/URI/2025-02-30BPPIITRRXXX-000038102790',
  '/PUR/LGPE-RIVERSAMENTO/URI/2025-09-23BPPIITRRXXX-00003810279012345678901234567890',
  'VERSAMENTO SRFS SPA CORRISPETTIVI LUGLIO 2024',
  'RFS SPA CORRISPETTIVI LUGLIO 2024 12345678',
  'VERSAMENTO RFSX RF18539007547034',
  'BONIFICO ROSSI TARI 2025-09-23',
  'FATTURA 2025-09-23 SALDO AZURI 2025',
  'CIG8405628905 MUTUO PRATICA N. 4235070 - POS. INT. 07-2019',
  '2022-20220024002-1',
  'RFS RF19 5390 0754 7034 10.00',
  '/RFS/RF19539007547034 10.00',
];

/** Texts of single credits and the IUVs in them. */
export const SINGLE: (readonly [text: string, iuvs: readonly string[]])[] = [
  ['/RFS/RF18 5390 0754 7034/10.01', ['RF18539007547034']],
  ['/RFS/RF18539007547034/10.01/TXT/MENSA', ['RF18539007547034']],
  ['/rfs/rf18539007547034/10.01', ['RF18539007547034']],
  ['RFS RF18 5390 0754 7034 10.01', ['RF18539007547034']],
  ['/RFS/RF23567483937849450550875/10.01', ['RF23567483937849450550875']],
  ['/RFS/RF18539007547034 10.01', ['RF18539007547034']],
  ['/RFS/RF18 5390 0754 70 34/10.01', ['RF18539007547034']],
  ['/RFB/01000012347818123', ['01000012347818123']],
  ['/RFB/010000123478181/45.56/TXT/TASSA', ['010000123478181']],
  ['/RFB/0100001234 7818123/45.56', ['01000012347818123']],
  [':RI1:/RFB/01000012347818123/12.00 :SEC:CASH', ['01000012347818123']],
  ['/RFB/01000012347818123/1.00 /RFB/01000012347818124/2.00', ['01000012347818123', '01000012347818124']],
];
