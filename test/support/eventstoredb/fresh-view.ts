import { type AppendRequest, type EventStore, type FeedBatch, type StoredEvent, type SubscribeOptions } from '@quadra/event-store';

/** Days between two views of one server, so that none sees the instants of an earlier one. */
const APART_MS = 40 * 24 * 3_600_000;

export interface FreshView {
  /** Which view of the server it is, from 0. */
  readonly ordinal: number;
  /** The last position before it began. */
  readonly base: bigint;
}

const shifted = (instant: string, ms: number): string => new Date(Date.parse(instant) + ms).toISOString();

/** The instant that the store of a view shall take for `now`. */
export const instantOf = ({ ordinal }: Pick<FreshView, 'ordinal'>, now: Date): Date => new Date(now.getTime() + ordinal * APART_MS);

/**
 * A store on a server that was used before, seen as if it were empty: what was there is cut off, and instants lie apart from those of
 * earlier views. The contract suite opens several empty stores; a real server takes seconds to start, so it is started once.
 */
export const freshView = (store: EventStore, view: FreshView): EventStore => {
  const { base, ordinal } = view;
  const ms = ordinal * APART_MS;
  const outside = (position: bigint): bigint => (position <= base ? 0n : position);
  const event = (e: StoredEvent): StoredEvent => ({ ...e, meta: { ...e.meta, recordedAt: shifted(e.meta.recordedAt, -ms) } });
  const request = (r: AppendRequest): AppendRequest => ({
    ...r,
    events: r.events.map((e) => {
      const time = Date.parse(e.restored?.recordedAt ?? '');
      return e.restored && !Number.isNaN(time) ? { ...e, restored: { ...e.restored, recordedAt: new Date(time + ms).toISOString() } } : e;
    }),
  });
  async function* subscribe(after: bigint, options: SubscribeOptions): AsyncGenerator<FeedBatch, void, void> {
    for await (const batch of store.subscribe(after > base ? after : base, options)) {
      yield { ...batch, events: batch.events.map(event), mark: outside(batch.mark) };
    }
  }
  return {
    append: (r) => store.append(request(r)),
    appendMany: (rs) => store.appendMany(rs.map(request)),
    read: async (stream, from) => (await store.read(stream, from)).map(event),
    readMany: async (streams) => new Map([...(await store.readMany(streams))].map(([name, events]) => [name, events.map(event)])),
    subscribe,
    head: async () => outside(await store.head()),
    positionAt: async (instant) => outside(await store.positionAt(instantOf(view, instant))),
    close: () => store.close(),
  };
};
