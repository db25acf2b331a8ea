import type * as grpc from '@grpc/grpc-js';
import type * as streams from '@eventstore/db-client/generated/streams_pb';
import { type ProposedEvent } from './events';
import { type Log, type Written } from './log';
import { appendSuccess, appendWrongRevision, batchSuccess, batchTooLarge, batchWrongRevision, proposed, streamName } from './messages';

/** What becomes of one append; a test says so for those it wants to fail. */
export type Fate =
  /** Written and answered. */
  | 'answer'
  /** Written, and the connection breaks before the answer. */
  | 'writeThenCut'
  /** The connection breaks before anything is written. */
  | 'cut'
  /** Written, and no answer ever comes. */
  | 'writeThenSilence'
  /** Lost: neither written nor answered. */
  | 'silence'
  /** The server ends the stream of answers politely, without this one. */
  | 'writeThenEnd';

/** What the services of the double share. */
export interface Stage {
  readonly log: Log;
  /** The fate of an append to a stream. */
  fate(stream: string): Fate;
  /** Milliseconds before an answer goes out; 0 for at once. */
  readonly delayMs: number;
  /** Cuts every connection. */
  cut(): void;
}

/** As the real server is set by default. */
export const MAX_APPEND_BYTES = 1024 * 1024;

interface Pending {
  readonly stream: string;
  readonly expected: number;
  readonly events: ProposedEvent[];
}

const sizeOf = (events: readonly ProposedEvent[]): number => events.reduce((sum, e) => sum + e.data.length + e.metadata.length, 0);

/** Writes, or not, as fate has it; calls `answer` with what was written when there is to be an answer. */
const perform = (stage: Stage, { stream, expected, events }: Pending, answer: (written: Written) => void, end: () => void): void => {
  const fate = stage.fate(stream);
  if (fate === 'cut') return stage.cut();
  if (fate === 'silence') return;
  const written = stage.log.append(stream, expected, events);
  if (fate === 'writeThenCut') return stage.cut();
  if (fate === 'writeThenEnd') return end();
  if (fate === 'writeThenSilence') return;
  if (stage.delayMs > 0) setTimeout(() => answer(written), stage.delayMs).unref();
  else answer(written);
};

/** The long-lived stream of appends: in order, one answer each. */
export const batchAppend =
  (stage: Stage) =>
  (call: grpc.ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>): void => {
    const open = new Map<string, Pending>();
    call.on('error', () => undefined);
    call.on('end', () => call.end());
    call.on('data', (request: streams.BatchAppendReq) => {
      const correlation = request.getCorrelationId()!;
      const key = correlation.getString();
      const options = request.getOptions();
      if (options) {
        const expected = options.hasNoStream() ? -1 : Number(options.getStreamPosition());
        open.set(key, { stream: streamName(options.getStreamIdentifier()), expected, events: [] });
      }
      const pending = open.get(key)!;
      pending.events.push(...request.getProposedMessagesList().map(proposed));
      if (!request.getIsFinal()) return;
      open.delete(key);
      const { stream, expected, events } = pending;
      if (sizeOf(events) > MAX_APPEND_BYTES) return void call.write(batchTooLarge(correlation, stream, MAX_APPEND_BYTES));
      const answer = (written: Written): void => {
        if (call.cancelled || call.destroyed) return;
        if (written.ok) call.write(batchSuccess(correlation, stream, written.revision, written.position));
        else call.write(batchWrongRevision(correlation, stream, expected, written.current));
      };
      perform(stage, pending, answer, () => call.end());
    });
  };

/** The single append, which the client uses when a call carries credentials or the server knows no batches. */
export const append =
  (stage: Stage) =>
  (call: grpc.ServerReadableStream<streams.AppendReq, streams.AppendResp>, callback: grpc.sendUnaryData<streams.AppendResp>): void => {
    let pending: Pending | undefined;
    call.on('error', () => undefined);
    call.on('data', (request: streams.AppendReq) => {
      const options = request.getOptions();
      if (options) {
        const expected = options.hasNoStream() ? -1 : Number(options.getRevision());
        pending = { stream: streamName(options.getStreamIdentifier()), expected, events: [] };
      }
      const message = request.getProposedMessage();
      if (message) pending!.events.push(proposed(message));
    });
    call.on('end', () => {
      const { expected } = pending!;
      const answer = (written: Written): void =>
        callback(null, written.ok ? appendSuccess(written.revision, written.position) : appendWrongRevision(expected, written.current));
      perform(stage, pending!, answer, () => undefined);
    });
  };
