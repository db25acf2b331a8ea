import * as shared from '@eventstore/db-client/generated/shared_pb';
import * as status from '@eventstore/db-client/generated/status_pb';
import * as streams from '@eventstore/db-client/generated/streams_pb';
import { type LogEvent, type ProposedEvent } from './events';

const TICKS_PER_MILLISECOND = 10_000n;

/** A `Status` whose only field, number 3, is an empty message: how one comes by an `Any` without its package. */
const STATUS_WITH_DETAILS = Uint8Array.of(0x1a, 0);

/** On the wire one empty message is like another; the types of two packages say otherwise. */
const nothing = (): never => new shared.Empty() as never;

const uuid = (id: string): shared.UUID => new shared.UUID().setString(id);

export const identifier = (stream: string): shared.StreamIdentifier => new shared.StreamIdentifier().setStreamName(Buffer.from(stream));

export const streamName = (id: shared.StreamIdentifier | undefined): string => Buffer.from(id!.getStreamName_asU8()).toString('utf8');

/** Both kinds of proposed message (of an append and of a batch) have the same accessors. */
export const proposed = (message: streams.BatchAppendReq.ProposedMessage | streams.AppendReq.ProposedMessage): ProposedEvent => ({
  id: message.getId()!.getString(),
  type: message.getMetadataMap().get('type')!,
  contentType: message.getMetadataMap().get('content-type')!,
  data: message.getData_asU8(),
  metadata: message.getCustomMetadata_asU8(),
});

export const eventMessage = (event: LogEvent): streams.ReadResp => {
  const position = event.position.toString();
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent()
    .setId(uuid(event.id))
    .setStreamIdentifier(identifier(event.stream))
    .setStreamRevision(String(event.revision))
    .setCommitPosition(position)
    .setPreparePosition(position)
    .setCustomMetadata(event.metadata)
    .setData(event.data);
  recorded.getMetadataMap().set('type', event.type);
  recorded.getMetadataMap().set('content-type', event.contentType);
  recorded.getMetadataMap().set('created', (BigInt(event.created) * TICKS_PER_MILLISECOND).toString());
  return new streams.ReadResp().setEvent(new streams.ReadResp.ReadEvent().setEvent(recorded).setCommitPosition(position));
};

export const notFoundMessage = (stream: string): streams.ReadResp =>
  new streams.ReadResp().setStreamNotFound(new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier(stream)));

export const confirmationMessage = (): streams.ReadResp =>
  new streams.ReadResp().setConfirmation(new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(crypto.randomUUID()));

export const checkpointMessage = (position: bigint): streams.ReadResp =>
  new streams.ReadResp().setCheckpoint(
    new streams.ReadResp.Checkpoint().setCommitPosition(position.toString()).setPreparePosition(position.toString()),
  );

export const caughtUpMessage = (): streams.ReadResp => new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());

export const fellBehindMessage = (): streams.ReadResp => new streams.ReadResp().setFellBehind(new streams.ReadResp.FellBehind());

const batchAnswer = (correlation: shared.UUID, stream: string): streams.BatchAppendResp =>
  new streams.BatchAppendResp().setCorrelationId(correlation).setStreamIdentifier(identifier(stream));

export const batchSuccess = (correlation: shared.UUID, stream: string, revision: number, position: bigint): streams.BatchAppendResp => {
  const place = new shared.AllStreamPosition().setCommitPosition(position.toString()).setPreparePosition(position.toString());
  const success = new streams.BatchAppendResp.Success().setCurrentRevision(String(revision)).setPosition(place);
  return batchAnswer(correlation, stream).setSuccess(success);
};

const failure = (correlation: shared.UUID, stream: string, type: string, details: Uint8Array): streams.BatchAppendResp => {
  const error = status.Status.deserializeBinary(STATUS_WITH_DETAILS).setMessage(type);
  error.getDetails()!.pack(details, `event_store.client.${type}`);
  return batchAnswer(correlation, stream).setError(error);
};

export const batchWrongRevision = (
  correlation: shared.UUID,
  stream: string,
  expected: number,
  current: number,
): streams.BatchAppendResp => {
  const wrong = new shared.WrongExpectedVersion();
  if (expected < 0) wrong.setExpectedNoStream(nothing());
  else wrong.setExpectedStreamPosition(String(expected));
  if (current < 0) wrong.setCurrentNoStream(nothing());
  else wrong.setCurrentStreamRevision(String(current));
  return failure(correlation, stream, 'WrongExpectedVersion', wrong.serializeBinary());
};

export const batchTooLarge = (correlation: shared.UUID, stream: string, limit: number): streams.BatchAppendResp =>
  failure(
    correlation,
    stream,
    'MaximumAppendSizeExceeded',
    new shared.MaximumAppendSizeExceeded().setMaxappendsize(limit).serializeBinary(),
  );

export const appendSuccess = (revision: number, position: bigint): streams.AppendResp => {
  const place = new streams.AppendResp.Position().setCommitPosition(position.toString()).setPreparePosition(position.toString());
  return new streams.AppendResp().setSuccess(new streams.AppendResp.Success().setCurrentRevision(String(revision)).setPosition(place));
};

export const appendWrongRevision = (expected: number, current: number): streams.AppendResp => {
  const wrong = new streams.AppendResp.WrongExpectedVersion();
  if (expected < 0) wrong.setExpectedNoStream(new shared.Empty());
  else wrong.setExpectedRevision(String(expected));
  if (current < 0) wrong.setCurrentNoStream(new shared.Empty());
  else wrong.setCurrentRevision(String(current));
  return new streams.AppendResp().setWrongExpectedVersion(wrong);
};
