import type { Day } from './calendar';
import { isoDay } from './calendar';

/** Fiscal code of a body (11 digits) from its first ten: the last is the check digit of the *partita IVA*. */
export const fiscalCode = (tenDigits: string): string => {
  let sum = 0;
  for (let i = 0; i < 10; i++) {
    const digit = Number(tenDigits[i]);
    sum += i % 2 === 0 ? digit : Math.floor((digit * 2) / 10) + ((digit * 2) % 10);
  }
  return tenDigits + ((10 - (sum % 10)) % 10);
};

/**
 * IUV of 17 digits: segregation code and system (`series`, 4 digits), a sequence of 11, and the check: what stands before
 * it with the auxiliary digit 3 in front, modulo 93. The notice number (*numero avviso*) is `3` + IUV.
 */
export const iuvOf = (series: string, sequence: number): string => {
  const body = series + String(sequence).padStart(11, '0');
  return body + String(Number(BigInt(`3${body}`) % 93n)).padStart(2, '0');
};

/** Flow id by the SACI convention: regulation date, sender, `-`, progressive. At most 35 characters. */
export const iufOf = (regulationOn: Day, sender: string, progressive: string): string => `${isoDay(regulationOn)}${sender}-${progressive}`;

/** Italian IBAN with the right check digits (ISO 7064 mod 97); the national check letter is not computed. */
export const ibanOf = (abi: string, cab: string, account: string): string => {
  const bban = `X${abi}${cab}${account.padStart(12, '0')}`;
  const digits = `${bban}IT00`.replace(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55));
  return `IT${String(98 - Number(BigInt(digits) % 97n)).padStart(2, '0')}${bban}`;
};
