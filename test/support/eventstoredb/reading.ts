import * as grpc from '@grpc/grpc-js';
import * as streams from '@eventstore/db-client/generated/streams_pb';
import { type LogEvent } from './events';
import { type Log } from './log';
import { eventMessage, notFoundMessage, streamName } from './messages';
import { type ReadCall, send } from './sending';
import { subscribe } from './subscribing';

/** Told of every event that is sent. */
export interface Counters {
  read(): void;
  pushed(): void;
}

const { FORWARDS } = streams.ReadReq.Options.ReadDirection;

const slice = (rows: readonly LogEvent[], from: number, count: number, forwards: boolean): LogEvent[] =>
  forwards ? rows.slice(from, from + count) : rows.slice(Math.max(0, from - count), from).reverse();

const ofStream = (log: Log, options: streams.ReadReq.Options, count: number, forwards: boolean): LogEvent[] | undefined => {
  const wanted = options.getStream()!;
  const rows = log.stream(streamName(wanted.getStreamIdentifier()));
  if (!rows) return undefined;
  const from = wanted.hasStart() ? 0 : wanted.hasEnd() ? rows.length : Number(wanted.getRevision()) + (forwards ? 0 : 1);
  return slice(rows, from, count, forwards);
};

/** Forwards from a position includes the event there, backwards does not. @throws RangeError where no record begins. */
const ofAll = (log: Log, options: streams.ReadReq.Options, count: number, forwards: boolean): LogEvent[] => {
  const wanted = options.getAll()!;
  const position = BigInt(wanted.getPosition()?.getCommitPosition() ?? 0);
  if (wanted.hasPosition() && !log.begins(position)) throw new RangeError(`no record begins at ${position}`);
  const from = wanted.hasStart() ? 0 : wanted.hasEnd() ? log.events.length : log.indexOf(position);
  return slice(log.events, from, count, forwards);
};

/** `Read` of the service: a stream or `$all`, forwards or backwards, or a subscription to `$all`. */
export const read = (log: Log, count: Counters) => (call: ReadCall) => {
  const over = new AbortController();
  for (const name of ['cancelled', 'error', 'close']) call.on(name, () => over.abort());
  void answer(log, call, over.signal, count).catch((error: Error) => {
    if (!over.signal.aborted) call.emit('error', { code: grpc.status.INVALID_ARGUMENT, details: error.message });
  });
};

const answer = async (log: Log, call: ReadCall, over: AbortSignal, count: Counters): Promise<void> => {
  const options = call.request.getOptions()!;
  if (options.hasSubscription()) return subscribe(log, call, over, count.pushed);
  const forwards = options.getReadDirection() === FORWARDS;
  const limit = Number(options.getCount());
  const rows = options.hasAll() ? ofAll(log, options, limit, forwards) : ofStream(log, options, limit, forwards);
  if (!rows) await send(call, notFoundMessage(streamName(options.getStream()!.getStreamIdentifier())), over);
  for (const row of rows ?? []) {
    count.read();
    if (!(await send(call, eventMessage(row), over))) return;
  }
  call.end();
};
