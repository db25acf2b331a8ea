import fc from 'fast-check';
import { FormatError } from '../intake';
import { sourceOf } from '../testing/documents';
import { parseXml, XML_LIMITS } from '.';

const texts = async (content: string | Uint8Array, roots?: readonly string[], pieceBytes?: number): Promise<string[]> => {
  const heard: string[] = [];
  await parseXml(sourceOf(content, pieceBytes), {
    ...(roots && { roots }),
    openElement: (path, line, name) => heard.push(`open ${path} ${name} @${line}`),
    text: (path, value, line) => heard.push(`text ${path}=${value} @${line}`),
    closeElement: (path, line) => heard.push(`close ${path} @${line}`),
  });
  return heard;
};

const refusal = async (content: string | Uint8Array): Promise<FormatError> => {
  const error: unknown = await texts(content).catch((e: unknown) => e);
  expect(error).toBeInstanceOf(FormatError);
  return error as FormatError;
};

describe('the XML layer', () => {
  it('names elements by their path inside the root, without prefixes, and gives the text of leaves only', async () => {
    expect(await texts('<p:a xmlns:p="u">\n <p:b x="1">one<!-- c -->&amp;<![CDATA[<two>]]></p:b>\n <c><d/></c>mixed</p:a>')).toEqual([
      'open  a @1',
      'open b b @2',
      'text b=one&<two> @2',
      'close b @2',
      'open c c @3',
      'open c/d d @3',
      'text c/d= @3',
      'close c/d @3',
      'close c @3',
      'close  @3',
    ]);
  });

  it('counts the different elements of each document by itself, also of two that are read in turn', async () => {
    const names = (letter: string): string[] => Array.from({ length: XML_LIMITS.paths - 1 }, (_, i) => `${letter}${i}`);
    const parse = (letter: string): Promise<string[]> =>
      texts(
        `<a>${names(letter)
          .map((n) => `<${n}/>`)
          .join('')}</a>`,
        ['a'],
        500,
      );
    const [x, y] = await Promise.all([parse('x'), parse('y')]);
    expect(x.filter((line) => line.startsWith('open x'))).toHaveLength(XML_LIMITS.paths - 1);
    expect(y.filter((line) => line.startsWith('open x'))).toEqual([]);
    expect(y.filter((line) => line.startsWith('open y'))).toHaveLength(XML_LIMITS.paths - 1);
  });

  it('finds a root inside an envelope and says nothing about what stands around it', async () => {
    const heard = await texts(
      '<s:Envelope xmlns:s="u"><s:Header><x>1</x></s:Header><s:Body><y:r xmlns:y="v"><a>1</a></y:r></s:Body></s:Envelope>',
      ['r'],
    );
    expect(heard.filter((h) => h.startsWith('text'))).toEqual(['text a=1 @1']);
  });

  it('hears the same whatever the pieces in which the bytes come', async () => {
    const content = Buffer.from(
      '<?xml version="1.0"?>\r\n<r>\r\n<a>perché €😀 &#x41;&lt;</a>\r\n<!-- x --><b k="v>1"/><![CDATA[]]></r>\r\n',
      'utf8',
    );
    const whole = await texts(content);
    expect(whole).toContain('text a=perché €😀 A< @3');
    for (let size = 1; size <= content.length; size++) expect(await texts(content, undefined, size)).toEqual(whole);
  });

  it.each([
    ['UTF-8 with a byte order mark', Buffer.from('\ufeff<a>è€</a>', 'utf8')],
    ['UTF-16 little endian', Buffer.from('\ufeff<a>è€</a>', 'utf16le')],
    ['UTF-16 big endian', Buffer.from('\ufeff<a>è€</a>', 'utf16le').swap16()],
    ['UTF-16 without a mark', Buffer.from('<a>è€</a>', 'utf16le')],
    [
      'windows-1252',
      Buffer.concat([Buffer.from('<?xml version="1.0" encoding="windows-1252"?><a>'), Buffer.from([0xe8, 0x80]), Buffer.from('</a>')]),
    ],
    [
      'ISO-8859-1 with the euro sign of windows-1252',
      Buffer.concat([Buffer.from('<?xml version="1.0" encoding="ISO-8859-1"?><a>'), Buffer.from([0xe8, 0x80]), Buffer.from('</a>')]),
    ],
    [
      'ISO-8859-15',
      Buffer.concat([Buffer.from("<?xml version='1.0' encoding='iso-8859-15'?><a>"), Buffer.from([0xe8, 0xa4]), Buffer.from('</a>')]),
    ],
  ])('reads %s', async (_name, bytes) => {
    for (const size of [1, 3, 1000]) expect(await texts(bytes, undefined, size)).toContain('text =è€ @1');
  });

  it.each([
    ['bytes that are not UTF-8', Buffer.concat([Buffer.from('<a>\n'), Buffer.from([0xe8, 0x20]), Buffer.from('</a>')]), 'ENCODING'],
    ['an input that ends inside a character', Buffer.from([0x3c, 0x61, 0x3e, 0xe2, 0x82]), 'ENCODING'],
    [
      'a code that windows-1252 leaves empty',
      Buffer.concat([Buffer.from('<?xml version="1.0" encoding="windows-1252"?><a>'), Buffer.from([0x81]), Buffer.from('</a>')]),
      'ENCODING',
    ],
    ['an unknown encoding', '<?xml version="1.0" encoding="EBCDIC-IT"?><a/>', 'XML_ENCODING'],
    ['UTF-16 that is declared and not there', '<?xml version="1.0" encoding="UTF-16"?><a/>', 'XML_ENCODING'],
    ['a DOCTYPE', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'XML_DOCTYPE'],
    ['an entity bomb', '<!DOCTYPE l [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><l>&b;</l>', 'XML_DOCTYPE'],
    ['an undeclared entity', '<a>&nbsp;</a>', 'XML_ENTITY'],
    ['an entity named like a property of objects', '<a>&constructor;</a>', 'XML_ENTITY'],
    ['a character reference to NUL', '<a>&#0;</a>', 'XML_MALFORMED'],
    ['a NUL byte', '<a>x\0y</a>', 'XML_MALFORMED'],
    ['elements that do not close', '<a><b></a>', 'XML_MALFORMED'],
    ['a truncated document', '<a><b>1</b>', 'XML_MALFORMED'],
    ['two roots', '<a/><a/>', 'XML_MALFORMED'],
    ['nothing', '', 'XML_MALFORMED'],
    ['a repeated attribute', '<a x="1" x="2"/>', 'XML_MALFORMED'],
    ['deep nesting', '<a>'.repeat(XML_LIMITS.depth + 1), 'XML_DEPTH'],
    ['a huge attribute', `<a x="${'y'.repeat(XML_LIMITS.text + 1)}"/>`, 'XML_TOO_LONG'],
    ['a huge text', `<a>${'y'.repeat(XML_LIMITS.text + 1)}</a>`, 'XML_TOO_LONG'],
    ['a huge text in small sections', `<a>${'<![CDATA[yyyy]]>'.repeat(XML_LIMITS.text / 4 + 1)}</a>`, 'XML_TOO_LONG'],
    ['a huge comment', `<a><!--${'y'.repeat(XML_LIMITS.text + 1)}--></a>`, 'XML_TOO_LONG'],
    ['a huge name', `<${'y'.repeat(XML_LIMITS.name + 1)}/>`, 'XML_TOO_LONG'],
    ['many attributes', `<a ${Array.from({ length: XML_LIMITS.attributes + 1 }, (_, i) => `a${i}="1"`).join(' ')}/>`, 'XML_ATTRIBUTES'],
    ['many names', `<a>${Array.from({ length: XML_LIMITS.paths + 1 }, (_, i) => `<b${i}/>`).join('')}</a>`, 'XML_PATHS'],
  ])('refuses %s', async (_name, content, code) => {
    expect((await refusal(content as string)).code).toBe(code);
  });

  it('names the line of what is wrong', async () => {
    expect((await refusal('<a>\n\n<b>&x;</b></a>')).line).toBe(3);
  });

  it('stops a token that never ends after some hundred KiB instead of keeping it', async () => {
    let given = 0;
    const endless = {
      name: '',
      size: 1e12,
      readAt: async () => new Uint8Array(0),
      async *open() {
        yield Buffer.from('<a>');
        for (;;) yield Buffer.alloc((given += 65_536) && 65_536, 0x79);
      },
    };
    await expect(parseXml(endless, {})).rejects.toMatchObject({ code: 'XML_TOO_LONG' });
    expect(given).toBeLessThan(400_000);
  });

  it('passes errors of handlers on unchanged', async () => {
    const bug = new TypeError('1:2: a bug');
    await expect(
      parseXml(sourceOf('<a/>'), {
        closeElement: () => {
          throw new RangeError('mine');
        },
      }),
    ).rejects.toBeInstanceOf(RangeError);
    await expect(
      parseXml(sourceOf('<a/>'), {
        closeElement: () => {
          throw bug;
        },
      }),
    ).rejects.toBe(bug);
  });

  it('answers any bytes with elements or a FormatError', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.string({ maxLength: 300 }).map((s) => Buffer.from(`<a>${s}</a>`)),
    );
    await fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 50 }), async (content, size) => {
        await texts(content, undefined, size).catch((e: unknown) => expect(e).toBeInstanceOf(FormatError));
      }),
      { numRuns: 500 },
    );
  });
});
