import { FormatError } from '../intake';
import { decoderFor } from '../text/decoder';
import { encodingOf } from '../xml/encoding';
import { XmlParser } from '../xml/parser';

/** SOAP wraps messages; only inside its envelope a root may stand deeper. */
const ENVELOPE = 'Envelope';

/** Ends the parsing: what is wanted is known. */
const enough = new FormatError('ENOUGH', 'The root was found');

export type RootMatch = { readonly known: string } | { readonly unknown: string };

/**
 * The first known root element of an XML document, in its first bytes: the document element, or inside a SOAP envelope.
 * @throws FormatError when the bytes are not well-formed XML before it
 */
export const rootOf = (head: Uint8Array, known: readonly string[]): RootMatch => {
  let match: RootMatch = { unknown: '' };
  const parser = new XmlParser({
    openElement: (path, _line, name) => {
      if (known.includes(name)) match = { known: name };
      else if (path === '') match = { unknown: name };
      if ('known' in match || (path === '' && name !== ENVELOPE)) throw enough;
    },
  });
  try {
    const { encoding, length } = encodingOf(head);
    parser.write(decoderFor(encoding).decode(head.subarray(length)));
  } catch (error) {
    if (error !== enough) throw error;
  }
  return match;
};
