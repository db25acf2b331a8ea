import { eventId } from './event-id';
import { type AppendRequest, AppendTooLarge, InvalidAppend, MAX_APPEND_BYTES, type NewEvent, NO_STREAM } from './port';

/** An event as text, ready to be written: JSON of data and of metadata (`recordedAt` is the writer's to add). */
export interface EncodedEvent {
  readonly id: string;
  readonly type: string;
  readonly data: string;
  readonly meta: string;
}

export interface EncodedAppend {
  readonly stream: string;
  readonly expected: number;
  readonly events: readonly EncodedEvent[];
  /** Characters of data and metadata: what bounds a batch. */
  readonly size: number;
  /** When it was recorded first, if it comes back from a backup; else the writer's clock says. */
  readonly recordedAt?: string;
  /** What it was made of, for a client that makes the text of the data itself. */
  readonly request: AppendRequest;
}

const STREAM = /^[A-Za-z][A-Za-z0-9]*-[^\u0000\p{Surrogate}]+$/u;
const TYPE = /^[^\u0000\p{Surrogate}]+$/u;
/** An escaped NUL that is not itself the text `\u0000` behind an escaped backslash. */
const ESCAPED_NUL = /(?<!\\)(?:\\\\)*\\u0000/;

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** Types that were found good; there are a few dozen, so a bound is for bugs only. */
const goodTypes = new Set<string>();

const isType = (type: string): boolean => {
  if (goodTypes.has(type)) return true;
  const good = TYPE.test(type);
  if (good && goodTypes.size < 1_000) goodTypes.add(type);
  return good;
};

const hasNul = (json: string): boolean => json.includes('\\u0000') && ESCAPED_NUL.test(json);

const encodeEvent = (stream: string, event: NewEvent, index: number): EncodedEvent => {
  const data = JSON.stringify(event.data);
  const meta = JSON.stringify(event.meta);
  if (!isType(event.type)) throw new InvalidAppend(`Not an event type that can be stored: ${JSON.stringify(event.type)}`);
  if (data === undefined || !data.startsWith('{')) throw new InvalidAppend(`The data of a ${event.type} is not an object`);
  if (!event.meta.commandId) throw new InvalidAppend(`A ${event.type} on ${stream} names no command, so its id could not be repeated`);
  if (hasNul(data) || hasNul(meta)) {
    throw new InvalidAppend(`A ${event.type} on ${stream} holds the character U+0000, which PostgreSQL cannot keep in a text`);
  }
  return { id: event.restored?.id ?? eventId(stream, event.meta.commandId, index), type: event.type, data, meta };
};

/** The one instant of a restored append, undefined for a new one. */
const restoredAt = ({ stream, events }: AppendRequest): string | undefined => {
  const instant = events[0]?.restored?.recordedAt;
  if (events.some((e) => e.restored?.recordedAt !== instant)) {
    throw new InvalidAppend(`An append to ${stream} mixes restored events with new ones, or with events of another instant`);
  }
  const wrong = events.find(({ restored }) => restored && !(UUID.test(restored.id) && INSTANT.test(restored.recordedAt)));
  if (wrong) throw new InvalidAppend(`A restored event on ${stream} has no usable id or instant: ${JSON.stringify(wrong.restored)}`);
  return instant;
};

const byteLength = (events: readonly EncodedEvent[]): number =>
  events.reduce((sum, e) => sum + Buffer.byteLength(e.data) + Buffer.byteLength(e.meta) + Buffer.byteLength(e.type), 0);

/**
 * Checks an append and turns it into text, the same way for every adapter.
 * @throws AppendTooLarge above `MAX_APPEND_BYTES`; InvalidAppend for what no store could keep (a stream without a category, an
 * expected revision below `NO_STREAM`, no events, U+0000 anywhere): bugs of the caller, found before anything is written.
 */
export const encodeAppend = (request: AppendRequest): EncodedAppend => {
  const { stream, expected } = request;
  if (!STREAM.test(stream)) throw new InvalidAppend(`A stream is named <category>-<id>, this one is ${JSON.stringify(stream)}`);
  if (!Number.isInteger(expected) || expected < NO_STREAM) throw new InvalidAppend(`Not a revision that can be expected: ${expected}`);
  if (request.events.length === 0) throw new InvalidAppend(`Nothing to append to ${stream}`);
  const recordedAt = restoredAt(request);
  const events = request.events.map((event, index) => encodeEvent(stream, event, index));
  const size = events.reduce((sum, e) => sum + e.data.length + e.meta.length + e.type.length, 0);
  // A character takes at most three bytes, so small appends (nearly all) need no exact count.
  if (size * 3 > MAX_APPEND_BYTES && byteLength(events) > MAX_APPEND_BYTES) {
    throw new AppendTooLarge(`An append to ${stream} holds ${byteLength(events)} bytes; at most ${MAX_APPEND_BYTES} are possible`);
  }
  return { stream, expected, events, size, request, ...(recordedAt !== undefined && { recordedAt }) };
};

/** Puts the instant of recording into the metadata text. It stands last, so it wins over a key of the same name. */
export const stampMeta = (meta: string, recordedAt: string): string => `${meta.slice(0, -1)},"recordedAt":"${recordedAt}"}`;
