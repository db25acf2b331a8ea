/** The file holds no byte (HTTP 400). */
export class FileEmpty extends Error {
  constructor() {
    super('The file is empty');
  }
}

/** The file is longer than this instance takes (HTTP 413). Nothing of it was kept. */
export class FileTooLarge extends Error {
  constructor(readonly maxBytes: number) {
    super(`The file is larger than ${maxBytes} bytes`);
  }
}

/** Stored bytes cannot be read right now (the database is away, a piece is missing): no fault of the file, so it is tried again. */
export class BlobUnavailable extends Error {}

/** The thread that read a file ended, was stopped for silence, or ran out of memory. */
export class ReaderCrashed extends Error {}
