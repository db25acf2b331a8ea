import type { FlowAnomaly } from './anomalies';
import type { Rng } from './rng';

/** The remittance text of a cumulative credit as SACI 2.x wants it; `progressive` 1 to 9 for integrative credits. */
export const saciText = (iuf: string, progressive = 0): string => `/PUR/LGPE-RIVERSAMENTO/TXT/${progressive}/URI/${iuf}`;

/** Mostly SACI 2.x, some of the older forms (≤ 1.3, and 1.4 with its description). */
export const ordinaryText = (iuf: string, sender: string, rng: Rng): string => {
  const draw = rng.next();
  if (draw < 0.84) return saciText(iuf);
  if (draw < 0.97) return `/PUR/LGPE-RIVERSAMENTO/URI/${iuf}`;
  return `/PUR/LGPE-RIVERSAMENTO ${sender} pagamenti del ${iuf.slice(0, 10).replaceAll('-', '')}/URI/${iuf}`;
};

const blankAt = (text: string, at: number): string => `${text.slice(0, at)} ${text.slice(at)}`;

/** What banks and treasurers do to the text on the way; the id can still be read from each. */
export const DAMAGED: Readonly<Partial<Record<FlowAnomaly, (iuf: string) => string>>> = {
  textWrapInDate: (iuf) => saciText(blankAt(iuf, 8)),
  textWrapInDay: (iuf) => `/PUR/LGPE-RIVERSAMENTO/URI/${blankAt(iuf, 9)}`,
  textWrapInPsp: (iuf) => `ACCREDITI VARI LGPE-RIVERSAMENTO/URI/${blankAt(iuf, 15)} /ORD.`,
  textWrapInKeyword: (iuf) => `LGPE-RIVER SAMENTO/URI/${iuf}`,
  textDots: (iuf) => `.PUR.LGPE-RIVERSAMENTO.URI.${iuf}`,
  textBlanks: (iuf) => `PUR LGPE-RIVERSAMENTO TXT 0 URI ${iuf}`,
  textLowerCase: (iuf) => saciText(iuf).toLowerCase(),
  textNoPrefix: (iuf) => `RIVERSAMENTO/URI/${iuf}`,
  textBlankInPrefix: (iuf) => `/PUR/LGPE- RIVERSAMENTO/URI/${iuf}`,
  textBankWords: (iuf) => `00/ZZ2PAGAFINTO EUROPE/ZZ3ENTE/PUR/LGPE-RIVERSAMENTO/URI/${iuf}/ZZ4/4184`,
};

/** Cut by the bank before the id: nothing can be read from it. */
export const CUT_TEXT = '/PUR/LGPE-RIVERSAMENTO/URI/2';
