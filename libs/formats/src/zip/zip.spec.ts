import fc from 'fast-check';
import { FormatError, type Source } from '../intake';
import { headOf } from '../source';
import { sourceOf } from '../testing/documents';
import { makeZip, type ZipPart } from '../testing/zip';
import { openZip, ZIP_LIMITS } from '.';

const bytesOf = async (source: Source): Promise<Buffer> => {
  const pieces: Uint8Array[] = [];
  for await (const piece of source.open()) pieces.push(piece);
  return Buffer.concat(pieces);
};

const open = (parts: readonly ZipPart[], limits = ZIP_LIMITS): Promise<Source[]> => openZip(sourceOf(makeZip(parts)), limits);

describe('a zip', () => {
  it('gives its files in the order of names, without folders and what macOS adds', async () => {
    const parts = ['b.xml', 'folder/', 'folder/a.csv', '__MACOSX/._b.xml', 'folder/.DS_Store', 'a.xml'].map((name) => ({
      name,
      content: name.endsWith('/') ? '' : `of ${name}`,
    }));
    const entries = await open(parts);
    expect(entries.map((e) => e.name)).toEqual(['a.xml', 'b.xml', 'folder/a.csv']);
    expect((await bytesOf(entries[2]!)).toString()).toBe('of folder/a.csv');
  });

  it('gives the bytes that were put in, small and large, packed and stored, and any part of them', async () => {
    const large = Buffer.alloc(9_000_000, 'line of text that repeats; ').map((byte, i) => (i % 53 === 0 ? i & 0xff : byte));
    for (const store of [false, true]) {
      const [big, tiny] = await open([
        { name: '1', content: large, store },
        { name: '2', content: 'tiny', store },
      ]);
      expect((await bytesOf(big!)).equals(large)).toBe(true);
      expect((await bytesOf(big!)).equals(large)).toBe(true);
      expect(Buffer.from(await big!.readAt(4_999_990, 30)).equals(large.subarray(4_999_990, 5_000_020))).toBe(true);
      expect(Buffer.from(await tiny!.readAt(1, 2)).toString()).toBe('in');
      expect((await headOf(big!, 10)).length).toBe(10);
    }
  });

  it.each([
    ['a parent folder', '../x', 'ZIP_ENTRY_NAME'],
    ['a parent folder inside', 'a/../../x', 'ZIP_ENTRY_NAME'],
    ['an absolute name', '/etc/passwd', 'ZIP_ENTRY_NAME'],
    ['a drive letter', 'C:x', 'ZIP_ENTRY_NAME'],
    ['a backslash', 'a\\x', 'ZIP_ENTRY_NAME'],
    ['a NUL', 'a\0.xml', 'ZIP_ENTRY_NAME'],
    ['no name', '', 'ZIP_ENTRY_NAME'],
  ])('refuses %s', async (_name, name, code) => {
    await expect(open([{ name, content: 'x' }])).rejects.toMatchObject({ code });
  });

  it.each<[string, ZipPart[], string]>([
    [
      'two entries of one name',
      [
        { name: 'a', content: '1' },
        { name: 'a', content: '2' },
      ],
      'ZIP_ENTRY_NAME',
    ],
    ['an encrypted entry', [{ name: 'a', content: '1', flags: 1 }], 'ZIP_ENCRYPTED'],
    ['strong encryption', [{ name: 'a', content: '1', flags: 0x41 }], 'ZIP_ENCRYPTED'],
    ['an unknown method', [{ name: 'a', content: '1', method: 99 }], 'ZIP_BROKEN'],
    ['a ratio beyond 200', [{ name: 'a', content: Buffer.alloc(2_000_000) }], 'ZIP_BOMB'],
    [
      'entries that share their bytes',
      [
        { name: 'a', content: 'x'.repeat(100) },
        { name: 'b', content: 'x'.repeat(100), overlap: true },
      ],
      'ZIP_BOMB',
    ],
  ])('refuses %s', async (_name, parts, code) => {
    await expect(open(parts)).rejects.toMatchObject({ code });
  });

  it('refuses more entries and more bytes than the limits', async () => {
    const parts = ['a', 'b', 'c'].map((name) => ({ name, content: 'x'.repeat(40) }));
    await expect(open(parts, { ...ZIP_LIMITS, entries: 2 })).rejects.toMatchObject({ code: 'ZIP_TOO_MANY_ENTRIES' });
    await expect(open(parts, { ...ZIP_LIMITS, totalBytes: 100 })).rejects.toMatchObject({ code: 'ZIP_BOMB' });
    expect(await open(parts, { ...ZIP_LIMITS, entries: 3, totalBytes: 120 })).toHaveLength(3);
  });

  it.each([3_000, 30_000_000])('stops an entry that lies about its size when the size is passed (%i bytes)', async (size) => {
    const noise = Buffer.from(Array.from({ length: 3000 }, (_, i) => (i * 7919) % 251));
    const content = Buffer.alloc(size, noise);
    const [entry] = await open([{ name: 'a', content, declaredBytes: 2_900, declaredCrc: 0 }]);
    let given = 0;
    const reading = async (): Promise<void> => {
      for await (const piece of entry!.open()) given += piece.length;
    };
    await expect(reading()).rejects.toMatchObject({ code: 'ZIP_BROKEN' });
    expect(given).toBeLessThanOrEqual(2_900);
  });

  it.each<[string, Partial<ZipPart>]>([
    ['is smaller than it says', { declaredBytes: 101 }],
    ['does not match its checksum', { declaredCrc: 1 }],
    ['is no packed data', { store: true, method: 8 }],
  ])('fails while it is read when an entry %s', async (_name, lie) => {
    const [entry] = await open([{ name: 'a', content: 'x'.repeat(100), ...lie }]);
    await expect(bytesOf(entry!)).rejects.toMatchObject({ code: 'ZIP_BROKEN' });
  });

  it('says what is wrong with a truncated zip', async () => {
    const zip = makeZip([{ name: 'a', content: 'x'.repeat(1000) }]);
    for (let length = 0; length < zip.length; length += 7)
      await expect(openZip(sourceOf(zip.subarray(0, length)))).rejects.toMatchObject({ code: 'ZIP_BROKEN' });
  });

  it('passes the errors of its source on as they are', async () => {
    const disk = new Error('EIO');
    await expect(openZip({ ...sourceOf('x'.repeat(100)), readAt: () => Promise.reject(disk) })).rejects.toBe(disk);
  });

  it('answers any damage with a FormatError, and never hangs', async () => {
    const zip = makeZip(
      [
        { name: 'a.xml', content: 'x'.repeat(200) },
        { name: 'b.xml', content: 'stored', store: true },
      ],
      'comment',
    );
    const damage = fc.array(fc.tuple(fc.integer({ min: 0, max: zip.length - 1 }), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(damage, async (changes) => {
        const hurt = Buffer.from(zip);
        for (const [at, byte] of changes) hurt[at] = byte;
        try {
          for (const entry of await openZip(sourceOf(hurt))) await bytesOf(entry);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 1500 },
    );
  });
});
