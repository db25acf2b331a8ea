export interface ZipLimits {
  /** Entries of the directory, folders included. */
  readonly entries: number;
  /** Bytes of all entries, inflated. */
  readonly totalBytes: number;
  /** Inflated to stored bytes of one entry, looked at above `ratioFromBytes`. */
  readonly ratio: number;
  readonly ratioFromBytes: number;
}

export const ZIP_LIMITS: ZipLimits = { entries: 50_000, totalBytes: 4 * 1024 ** 3, ratio: 200, ratioFromBytes: 1024 ** 2 };
