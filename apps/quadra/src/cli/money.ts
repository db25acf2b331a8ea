/** Cents as a person reads euro: `1,234.50` in English, `1.234,50` in Italian. */
export const euro = (cents: number, language: 'it' | 'en'): string => {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  const [group, point] = language === 'it' ? ['.', ','] : [',', '.'];
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, group);
  return `${cents < 0 ? '-' : ''}${whole}${point}${digits.slice(-2)}`;
};

/** Columns aligned by blanks; those named in `right` to the right. */
export const table = (rows: readonly (readonly string[])[], right: readonly number[] = []): string => {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, i) => (widths[i] = Math.max(widths[i] ?? 0, [...cell].length)));
  const pad = (cell: string, i: number): string => {
    const blanks = ' '.repeat((widths[i] ?? 0) - [...cell].length);
    return right.includes(i) ? blanks + cell : cell + blanks;
  };
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n');
};
