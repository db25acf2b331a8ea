import type { Readable } from 'node:stream';
import busboy from 'busboy';
import type { Request } from 'express';
import type { FileFormat } from '@quadra/domain';
import { FILE_FORMATS } from '@quadra/domain';
import { ProblemError, invalidField } from '@quadra/platform';

/** The one file of a form, while it arrives. */
export interface Upload {
  readonly name: string;
  readonly format: FileFormat | undefined;
  /** Ends only when the whole form was well-formed: whoever stores it keeps nothing of a broken one. */
  readonly content: AsyncIterable<Uint8Array>;
}

const formatOf = (text: string | undefined): FileFormat | undefined => {
  if (text === undefined || text === '') return undefined;
  const known = FILE_FORMATS.find((format) => format === text);
  if (!known) throw new ProblemError('FORMAT_UNKNOWN', { known: FILE_FORMATS.join(', ') });
  return known;
};

const broken = (cause?: unknown): ProblemError =>
  new ProblemError('MALFORMED_REQUEST', { reason: 'its form is damaged or incomplete' }, { cause });

const parserOf = (request: Request): busboy.Busboy => {
  if (!/^multipart\/form-data\s*;/i.test(request.headers['content-type'] ?? '')) {
    throw new ProblemError('UNSUPPORTED_MEDIA_TYPE', { expected: 'multipart/form-data' });
  }
  try {
    return busboy({
      headers: request.headers,
      defParamCharset: 'utf8',
      limits: { fields: 10, fieldSize: 1_024, parts: 20, headerPairs: 100 },
    });
  } catch (cause) {
    throw broken(cause);
  }
};

/** The bytes of the part, then whatever the rest of the form has to say. */
async function* untilFormEnds(part: Readable, formEnd: Promise<void>): AsyncGenerator<Uint8Array> {
  try {
    for await (const bytes of part) yield bytes as Uint8Array;
  } catch (cause) {
    await formEnd; // its reason tells more than that of the part
    throw broken(cause);
  }
  await formEnd;
}

/**
 * Reads a form up to its file and hands the file over while it arrives: nothing is held in memory.
 * @throws FILE_MISSING without a file in `file`, FORMAT_UNKNOWN, VALIDATION_FAILED for a field that it does not take,
 * MALFORMED_REQUEST; the content may throw these too, when what comes after the file is wrong.
 */
export const receiveUpload = (request: Request): Promise<Upload> => {
  const parser = parserOf(request);
  let format: string | undefined;
  let begun = false;
  let fail!: (reason: unknown) => void;
  const formEnd = new Promise<void>((resolve, reject) => {
    fail = reject;
    parser.once('close', resolve);
  });
  formEnd.catch(() => undefined); // whoever reads the content hears of it
  const stop = (reason: ProblemError): void => {
    fail(reason);
    request.unpipe(parser);
    parser.destroy();
  };

  return new Promise<Upload>((resolve, reject) => {
    const refuse = (reason: ProblemError): void => {
      stop(reason);
      reject(reason);
    };
    parser.on('field', (name, value) => {
      if (name !== 'format') refuse(invalidField(name.slice(0, 100), 'whitelistValidation', 'the form takes `format` and `file` only'));
      else if (begun) refuse(new ProblemError('FORMAT_AFTER_FILE'));
      else if (format !== undefined) refuse(invalidField('format', 'once', 'must be given once'));
      else format = value;
    });
    parser.on('file', (name, part, { filename }) => {
      part.on('error', () => undefined); // whoever reads the content hears of it; nobody may be reading
      if (name !== 'file' || begun) {
        part.resume();
        refuse(new ProblemError('FILE_MISSING'));
        return;
      }
      begun = true;
      try {
        resolve({ name: filename ?? 'file', format: formatOf(format), content: untilFormEnds(part, formEnd) });
      } catch (reason) {
        part.resume();
        refuse(reason as ProblemError);
      }
    });
    parser.on('error', (cause) => refuse(broken(cause)));
    parser.once('close', () => reject(new ProblemError('FILE_MISSING')));
    request.once('aborted', () => refuse(broken()));
    request.pipe(parser);
  });
};

const DRAIN_BYTES = 16 * 1024 * 1024;
const DRAIN_MS = 5_000;

/**
 * Takes what a client still sends after its answer is known, for a while: a client that is cut off in the middle of sending
 * sees a broken connection instead of the answer.
 */
export const drain = (request: Request): Promise<void> =>
  new Promise((resolve) => {
    if (request.readableEnded || request.destroyed) return resolve();
    request.unpipe(); // a form that nobody reads any more would hold the rest back
    let left = DRAIN_BYTES;
    const timer = setTimeout(resolve, DRAIN_MS);
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    request.on('data', (bytes: Buffer) => {
      left -= bytes.length;
      if (left < 0) done();
    });
    for (const event of ['end', 'close', 'error']) request.once(event, done);
    request.resume();
  });
