/**
 * A stream whose first piece is there already. Headers go out with the first piece: what cannot be read at all is then answered as
 * the failure that it is. @throws what the stream throws before it.
 */
export const begun = async <T>(stream: AsyncIterable<T>): Promise<AsyncIterable<T>> => {
  const pieces = stream[Symbol.asyncIterator]();
  const first = await pieces.next();
  async function* all(): AsyncGenerator<T> {
    try {
      for (let piece = first; !piece.done; piece = await pieces.next()) yield piece.value;
    } finally {
      await pieces.return?.();
    }
  }
  return all();
};
