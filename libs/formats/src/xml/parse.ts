import { FormatError, type Source } from '../intake';
import { type TextDecoderStream, decoderFor } from '../text/decoder';
import { SNIFF_BYTES, encodingOf } from './encoding';
import { type XmlHandlers, XmlParser } from './parser';

/** Bytes that are decoded and parsed in one go: between two of them the consumer may take what the handlers gathered. */
const STEP_BYTES = 64 * 1024;

class XmlFeed {
  private decoder: TextDecoderStream | undefined;
  private held: Uint8Array = new Uint8Array(0);

  constructor(private readonly parser: XmlParser) {}

  /** The first bytes are held back until the encoding is known. */
  write(bytes: Uint8Array): void {
    if (this.decoder !== undefined) return this.parser.write(this.decoder.decode(bytes));
    this.held = Buffer.concat([this.held, bytes]);
    if (this.held.length >= SNIFF_BYTES) this.start();
  }

  end(): void {
    if (this.decoder === undefined) this.start();
    this.parser.write(this.decoder!.end());
    this.parser.end();
  }

  private start(): void {
    const { encoding, length } = encodingOf(this.held.subarray(0, SNIFF_BYTES));
    this.decoder = decoderFor(encoding);
    this.parser.write(this.decoder.decode(this.held.subarray(length)));
  }
}

const atLine = (error: unknown, line: number): unknown =>
  error instanceof FormatError && error.line === undefined ? new FormatError(error.code, error.message, line) : error;

/**
 * Parses a document in steps of at most 64 KiB: after each step the handlers have been called for what was read, and the
 * consumer may empty its buffers. Memory stays flat whatever the size.
 * @throws FormatError (`XML_MALFORMED`, `XML_DOCTYPE`, `XML_ENTITY`, `XML_ENCODING`, `XML_DEPTH`, `XML_TOO_LONG`,
 * `XML_ATTRIBUTES`, `XML_PATHS`, `XML_ROOT`, `ENCODING`) with the line; handlers may throw their own.
 */
export async function* xmlSteps(source: Source, handlers: XmlHandlers): AsyncGenerator<void> {
  const parser = new XmlParser(handlers);
  const feed = new XmlFeed(parser);
  try {
    for await (const bytes of source.open()) {
      for (let at = 0; at < bytes.length; at += STEP_BYTES) {
        feed.write(bytes.subarray(at, at + STEP_BYTES));
        yield;
      }
    }
    feed.end();
  } catch (error) {
    throw atLine(error, parser.line);
  }
}

/** Parses a whole document; see `xmlSteps`. */
export const parseXml = async (source: Source, handlers: XmlHandlers): Promise<void> => {
  const steps = xmlSteps(source, handlers);
  while (!(await steps.next()).done);
};
