import { toEvent } from './events';
import { type RawEvent } from './raw';
import { type Reader } from './reader';

/** Clocks of several writers differ by less than this; within it, instants may step back from one position to the next. */
const SKEW_MS = 60_000;

const recordedAt = (event: RawEvent): number => Date.parse(toEvent(event).meta.recordedAt);

/** The position of the first milestone that was recorded clearly after an instant; undefined when there is none. */
const milestoneAfter = async (reader: Reader, milestones: string, instant: number): Promise<bigint | undefined> => {
  const [last] = await reader.stream(milestones, { backwards: true, limit: 1 });
  if (!last || recordedAt(last) <= instant) return undefined;
  let [low, high, found] = [0, last.revision, last];
  while (low < high) {
    const middle = (low + high) >> 1;
    const [event] = await reader.stream(milestones, { from: middle, limit: 1 });
    if (!event) break;
    if (recordedAt(event) > instant) [high, found] = [middle, event];
    else low = middle + 1;
  }
  return found.position;
};

/**
 * The last position that was recorded at or before an instant, 0 when none was. The server cannot look up an instant, so a stream that
 * grows with the log serves as milestones: bisecting it finds where to start, and a walk backwards over what lies between two
 * milestones finds the place. Without milestones the walk starts at the end of the log.
 */
export const positionAt = async (reader: Reader, milestones: string, instant: Date): Promise<bigint> => {
  const time = instant.getTime();
  const from = await milestoneAfter(reader, milestones, time + SKEW_MS);
  const found = await reader.lastWhere(from, 0n, (event) => recordedAt(event) <= time);
  return found?.position ?? 0n;
};
