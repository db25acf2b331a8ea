import type * as grpc from '@grpc/grpc-js';
import type * as streams from '@eventstore/db-client/generated/streams_pb';

export type ReadCall = grpc.ServerWritableStream<streams.ReadReq, streams.ReadResp>;

/** Writes one message and waits while the consumer is slow; false when the call is over. */
export const send = async (call: ReadCall, message: streams.ReadResp, over: AbortSignal): Promise<boolean> => {
  if (over.aborted) return false;
  if (call.write(message)) return true;
  await new Promise<void>((resolve) => {
    const done = (): void => {
      call.removeListener('drain', done);
      over.removeEventListener('abort', done);
      resolve();
    };
    call.once('drain', done);
    over.addEventListener('abort', done);
  });
  return !over.aborted;
};
