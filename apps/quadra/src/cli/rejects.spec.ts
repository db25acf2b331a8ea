import { rejectSentences } from './rejects';

const HEADER = 'line;field;code;message';
const csv = (...lines: string[]): string => lines.map((line) => `${line}\r\n`).join('');

describe('rejected records on the terminal', () => {
  it('are shown as they are, without the quotes of the CSV', () => {
    const text = csv(HEADER, '4;importo;AMOUNT_INVALID;"importo is not an amount in euro: ""x8424.05"""', '5;"a;b";X;"one; two"');
    expect(rejectSentences('flow.xml', text, 2)).toEqual([
      'flow.xml, line 4, field importo: importo is not an amount in euro: "x8424.05" (AMOUNT_INVALID)',
      'flow.xml, line 5, field a;b: one; two (X)',
    ]);
  });

  it('name the entry of a zip', () => {
    const text = csv(`entry;${HEADER}`, '"a;b.xml";1;iuv;MISSING;iuv is missing');
    expect(rejectSentences('all.zip', text, 1)).toEqual(['all.zip (a;b.xml), line 1, field iuv: iuv is missing (MISSING)']);
  });

  it('lose what keeps a spreadsheet from calculating, and stay on one line', () => {
    const text = csv(HEADER, "1;'=f;X;'-1 is\ttoo \u001b[31mlittle", `2;f;X;"two\r\nlines"`);
    expect(rejectSentences('f', text, 2)).toEqual(['f, line 1, field =f: -1 is too  [31mlittle (X)', 'f, line 2, field f: two lines (X)']);
  });

  it('are five at most, with the number of the others', () => {
    const text = csv(HEADER, ...Array.from({ length: 8 }, (_, i) => `${i + 1};f;X;wrong`));
    const lines = rejectSentences('f', text, 8);
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toBe('f: 3 more rejected records');
  });
});
