import type { EventStore, StoredEvent } from '@quadra/event-store';

/** Part of the store in order. */
export interface Span {
  readonly after: bigint;
  readonly upTo: bigint;
  /** Only these categories; every one when empty. */
  readonly categories?: readonly string[];
  /** Events that are read at once, 1,000 by default. */
  readonly pageSize?: number;
}

/** An event of the store is no JSON any more. */
export class Unreadable extends Error {
  /** @param after the last event before it, where there is one. */
  constructor(
    readonly after: StoredEvent | undefined,
    cause: Error,
  ) {
    super(
      `The event ${after ? `after event ${after.revision} of ${after.stream} (${after.id})` : 'that begins the store'} cannot be read`,
      { cause },
    );
  }
}

const PAGE = 1_000;

/** The events of a span, page by page; ends at its end instead of waiting for more. */
export async function* pagesOf(
  store: Pick<EventStore, 'subscribe'>,
  { after, upTo, categories = [], pageSize = PAGE }: Span,
): AsyncGenerator<StoredEvent[]> {
  if (upTo <= after) return;
  const stop = new AbortController();
  try {
    for await (const { events, mark } of store.subscribe(after, { categories, batchSize: pageSize, signal: stop.signal })) {
      const inside = events.filter((e) => e.position <= upTo);
      if (inside.length > 0) yield inside;
      if (mark >= upTo) return;
    }
    throw new Error(`The store was closed while it was read up to position ${upTo}`);
  } finally {
    stop.abort();
  }
}

/** Takes as many events of a span as are wanted next. */
export class Cursor {
  private readonly pages: AsyncGenerator<StoredEvent[]>;
  private page: StoredEvent[] = [];
  private at = 0;

  constructor(
    private readonly store: Pick<EventStore, 'subscribe'>,
    private readonly span: Span,
    private readonly isWanted: (event: StoredEvent) => boolean = () => true,
  ) {
    this.pages = pagesOf(store, span);
  }

  /** The next events, fewer at the end of the span. @throws Unreadable */
  async take(count: number): Promise<StoredEvent[]> {
    const taken: StoredEvent[] = [];
    while (taken.length < count) {
      if (this.at === this.page.length && !(await this.turnPage())) break;
      const event = this.page[this.at++]!;
      if (this.isWanted(event)) taken.push(event);
    }
    return taken;
  }

  /** Gives back what was read ahead. */
  async close(): Promise<void> {
    await this.pages.return(undefined);
  }

  private async turnPage(): Promise<boolean> {
    const next = await this.pages.next().catch(async (error: Error) => {
      throw error.name === 'SyntaxError' ? await this.narrowed(error) : error;
    });
    if (next.done) return false;
    this.page = next.value;
    this.at = 0;
    return true;
  }

  /** Reads the page that failed event by event. */
  private async narrowed(cause: Error): Promise<Unreadable> {
    let last = this.page[this.page.length - 1];
    try {
      for await (const [event] of pagesOf(this.store, { ...this.span, after: last?.position ?? this.span.after, pageSize: 1 }))
        last = event;
    } catch {
      // where it fails again is the place
    }
    return new Unreadable(last, cause);
  }
}
