import type { PreparedItem } from '../protocol';

/** The streams that a record speaks to. */
export const streamsOf = (item: PreparedItem): readonly string[] => {
  switch (item.kind) {
    case 'receipt':
    case 'notice':
    case 'flow':
    case 'journal':
      return [item.stream];
    case 'journal-row':
      return item.effects.map((effect) => effect.stream);
    default:
      return [];
  }
};

/** Leaves out of the pieces of a file, one after the other, what speaks to other streams than some. */
export class StreamFilter {
  /** Inside a flow that is left out. */
  private skipping = false;

  constructor(private readonly wanted: (stream: string) => boolean) {}

  only(items: readonly PreparedItem[]): PreparedItem[] {
    return items.flatMap((item) => this.one(item));
  }

  private one(item: PreparedItem): readonly PreparedItem[] {
    switch (item.kind) {
      case 'receipt':
      case 'notice':
        return this.wanted(item.stream) ? [item] : [];
      case 'flow':
        this.skipping = !this.wanted(item.stream);
        return this.skipping ? [] : [item];
      case 'flow-lines':
      case 'flow-end':
        return this.skipping ? [] : [item];
      case 'journal-row':
        return [{ ...item, effects: item.effects.filter(({ stream }) => this.wanted(stream)) }];
      case 'reject':
      case 'ignored':
        return [];
      default:
        return [item];
    }
  }
}
