import { randomUUID } from 'node:crypto';
import type { InMessage, KafkaClient, LogEnds } from './client';
import { positionOf } from './message';

const SESSION_MS = 10_000;
const PATIENCE_MS = 60_000;

/**
 * The position of the last message of each partition; partitions without any are absent.
 * @throws when the brokers do not give them within a minute.
 */
export const lastPositions = async (
  client: KafkaClient,
  topic: string,
  ends: ReadonlyMap<number, LogEnds>,
): Promise<Map<number, bigint>> => {
  const wanted = new Map([...ends].filter(([, { low, high }]) => high > low).map(([p, { high }]) => [p, high - 1n]));
  const found = new Map<number, bigint>();
  if (wanted.size > 0) await readAt(client, topic, wanted, (partition, message) => found.set(partition, positionOf(message)));
  return found;
};

/** Reads one message of each partition, as the only member of a group that nobody else knows. */
const readAt = async (
  client: KafkaClient,
  topic: string,
  wanted: ReadonlyMap<number, bigint>,
  found: (partition: number, message: InMessage) => void,
): Promise<void> => {
  const missing = new Set(wanted.keys());
  let membership: { leave(): Promise<void> } | undefined;
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`The last messages of ${topic} could not be read in time`)), PATIENCE_MS);
      client
        .join(
          { group: `quadra-relay-${randomUUID()}`, topic, sessionMs: SESSION_MS },
          {
            held: () => [],
            assign: (members) => new Map([[members[0]!.id, [...wanted.keys()]]]),
            joined: (_partitions, fetching) => wanted.forEach((offset, partition) => fetching.seek(partition, offset)),
            alive: () => undefined,
            wantsToRejoin: () => false,
            crashed: reject,
            messages: (partition, messages) => {
              const last = messages[messages.length - 1];
              if (last === undefined || BigInt(last.offset) < wanted.get(partition)! || !missing.delete(partition)) return;
              found(partition, last);
              if (missing.size === 0) resolve();
            },
          },
        )
        .then((joined) => (membership = joined), reject);
    });
  } finally {
    clearTimeout(timer);
    await membership?.leave();
  }
};
