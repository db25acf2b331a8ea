/**
 * The last revision of the streams that were written or looked up last. It is exact while this process is the only
 * writer, which the epoch guarantees; after an unknown outcome it is cleared. The oldest entry leaves first.
 */
export class StreamHeads {
  private readonly heads = new Map<string, number>();

  constructor(private readonly capacity: number) {}

  /** The revision of the last event, `NO_STREAM` when the stream is known to be absent, undefined when unknown. */
  get(stream: string): number | undefined {
    return this.heads.get(stream);
  }

  set(stream: string, revision: number): void {
    this.heads.delete(stream);
    this.heads.set(stream, revision);
    if (this.heads.size <= this.capacity) return;
    const oldest = this.heads.keys().next();
    if (!oldest.done) this.heads.delete(oldest.value);
  }

  clear(): void {
    this.heads.clear();
  }
}
