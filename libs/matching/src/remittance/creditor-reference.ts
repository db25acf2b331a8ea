/**
 * The check of a structured creditor reference (ISO 11649): `RF`, two check digits, 1 to 21 letters or digits; with the
 * first four characters moved to the end and letters read as 10 to 35, the number leaves 1 modulo 97.
 */
export const isCreditorReference = (text: string): boolean => {
  if (!/^RF\d\d[A-Z0-9]{1,21}$/.test(text)) return false;
  let rest = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    const value = parseInt(character, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
};
