import { BadCursor, PublicEventsExpired, parsePublicCursor } from '@quadra/read-models';
import { ProblemError } from '@quadra/platform';

const translate = (error: unknown): unknown => {
  if (error instanceof BadCursor) return new ProblemError('INVALID_CURSOR');
  if (error instanceof PublicEventsExpired) return new ProblemError('EVENTS_EXPIRED');
  return error;
};

/** Does something with a place that a client named. @throws INVALID_CURSOR, EVENTS_EXPIRED */
export const atPlace = async <T>(cursor: string | undefined, work: (place: bigint) => Promise<T>): Promise<T> => {
  try {
    return await work(cursor === undefined ? 0n : parsePublicCursor(cursor));
  } catch (error) {
    throw translate(error);
  }
};
