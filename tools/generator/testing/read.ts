import { inflateRawSync } from 'node:zlib';
import type { GeneratedFile, GeneratorOptions, Summary } from '../index';
import { generateFiles } from '../index';

/** A generated month in memory, pieces put together. */
export interface Month {
  readonly summary: Summary;
  /** By `<org>/<name>`, or `<name>` for what lies on top. */
  readonly files: ReadonlyMap<string, Buffer>;
}

export const readMonth = (options: GeneratorOptions): Month => {
  const pieces = new Map<string, Buffer[]>();
  const generator = generateFiles(options);
  let next: IteratorResult<GeneratedFile, Summary>;
  while (!(next = generator.next()).done) {
    const { org, name, bytes, continues } = next.value;
    const key = org ? `${org}/${name}` : name;
    const known = pieces.get(key);
    if (continues !== (known !== undefined)) throw new Error(`${key} is written over, or goes on without a beginning`);
    if (known) known.push(bytes);
    else pieces.set(key, [bytes]);
  }
  return { summary: next.value, files: new Map([...pieces].map(([key, parts]) => [key, Buffer.concat(parts)])) };
};

/** The entries of a zip, read by its central directory: independent of the writer. */
export const unzip = (zip: Buffer): Map<string, Buffer> => {
  const end = zip.lastIndexOf(Buffer.from([0x50, 0x4b, 5, 6]));
  const entries = new Map<string, Buffer>();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const nameLength = zip.readUInt16LE(at + 28);
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const data = inflateRawSync(zip.subarray(start, start + zip.readUInt32LE(at + 20)));
    if (data.length !== zip.readUInt32LE(at + 24)) throw new Error('The unpacked size is not the one that the directory states');
    entries.set(zip.toString('latin1', at + 46, at + 46 + nameLength), data);
    at += 46 + nameLength + zip.readUInt16LE(at + 30) + zip.readUInt16LE(at + 32);
  }
  return entries;
};

export interface Text {
  readonly org: string;
  readonly file: string;
  readonly text: string;
}

/** The documents whose file name begins so, unpacked where they are zipped; pages of one archive in their order. */
export const documents = (month: Month, prefix: string): Text[] =>
  [...month.files].flatMap(([key, bytes]) => {
    const [org = '', file = ''] = key.split('/');
    if (!file.startsWith(prefix)) return [];
    const parts = file.endsWith('.zip') ? [...unzip(bytes).values()] : [bytes];
    return parts.map((part) => ({ org, file, text: part.toString('utf8') }));
  });

/** Contents of all elements of that name. */
export const all = (text: string, element: string): string[] =>
  [...text.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'))].map((m) => m[1]!);

export const one = (text: string, element: string): string => {
  const found = all(text, element);
  if (found.length !== 1) throw new Error(`${element} stands ${found.length} times`);
  return found[0]!;
};

/** Euro text to cents, by dropping the dot. */
export const cents = (text: string): number => Number(text.replace('.', ''));

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** Rows of a truth file by column name. */
export const table = (month: Month, name: string): Record<string, string>[] => {
  const [header = '', ...lines] = month.files.get(name)!.toString('utf8').trimEnd().split('\n');
  const columns = header.split(';');
  return lines.map((line) => Object.fromEntries(line.split(';').map((value, i) => [columns[i]!, value])));
};
