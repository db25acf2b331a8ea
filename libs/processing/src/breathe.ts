/** Lets everything else that waits for this thread have its turn: requests, answers of the database, the readers of files. */
export const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The items in pieces of at most so many. */
export function* pieces<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
