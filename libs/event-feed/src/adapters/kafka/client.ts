import {
  AssignerProtocol,
  type Admin,
  type Consumer,
  Kafka,
  type KafkaMessage,
  logLevel,
  type PartitionAssigner,
  Partitioners,
} from 'kafkajs';
import type { KafkaSettings } from './settings';

/** What Quadra uses of Kafka. The client library is imported here alone: to replace it is to replace this file. */

export interface OutMessage {
  /** Where it goes; by the hash of its key when absent. */
  readonly partition?: number;
  readonly key: string | null;
  readonly value: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A message as the client hands it over; its offset is a number in decimal digits. */
export type InMessage = Pick<KafkaMessage, 'offset' | 'value' | 'headers'>;

/** First offset that is kept, and the one that the next message will get. */
export interface LogEnds {
  readonly low: bigint;
  readonly high: bigint;
}

export interface RawProducer {
  /** Resolves when all in-sync replicas have the messages. */
  send(topic: string, messages: readonly OutMessage[]): Promise<void>;
  close(): Promise<void>;
}

/** A member of a group as the coordinator sees it: `held` is what it said when it joined. */
export interface GroupMember {
  readonly id: string;
  readonly held: readonly number[];
}

export interface GroupHandlers {
  /** The partitions that this member still works on: told to the group whenever it joins. */
  held(): readonly number[];
  /** Asked of the leader of the group. */
  assign(members: readonly GroupMember[]): ReadonlyMap<string, readonly number[]>;
  /** This member has joined and these partitions are its own. Called before anything of them is fetched. */
  joined(partitions: readonly number[], fetching: Fetching): void;
  /** The coordinator has answered a heartbeat. */
  alive(): void;
  /** Asked before each fetch: true makes the member join again. */
  wantsToRejoin(): boolean;
  /** Nothing more is fetched before this returns: it must not wait long. */
  messages(partition: number, messages: readonly InMessage[], high: bigint): Promise<void> | void;
  /** The membership has ended by an error. */
  crashed(error: Error): void;
}

export interface GroupOptions {
  readonly group: string;
  readonly topic: string;
  /** Milliseconds without heartbeats after which the coordinator gives the partitions of a member away. */
  readonly sessionMs: number;
}

/** The controls of what is fetched. */
export interface Fetching {
  seek(partition: number, offset: bigint): void;
  pause(partition: number): void;
  resume(partition: number): void;
}

export interface TopicSpec {
  readonly topic: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly config: Readonly<Record<string, string>>;
}

const PATIENCE = { retries: 4, initialRetryTime: 150, maxRetryTime: 3_000 };
const CONNECT_MS = 3_000;
/** Longest wait of a fetch that brings nothing: heartbeats are sent between fetches. */
const MAX_WAIT_MS = 500;
const FETCH_BYTES = { perPartition: 1024 * 1024, total: 16 * 1024 * 1024 };

export class KafkaClient {
  private readonly kafka: Kafka;

  constructor(settings: KafkaSettings) {
    const { brokers, clientId, ssl, sasl, log } = settings;
    this.kafka = new Kafka({
      brokers: [...brokers],
      clientId,
      ...(ssl !== undefined && { ssl }),
      ...(sasl && { sasl: { ...sasl } as { mechanism: 'plain'; username: string; password: string } }),
      connectionTimeout: CONNECT_MS,
      retry: PATIENCE,
      logLevel: logLevel.WARN,
      logCreator: () => (entry) => log?.(`${entry.namespace}: ${entry.log.message}`),
    });
  }

  /** A producer that writes in order and once: idempotent, one request in flight, acknowledged by all in-sync replicas. */
  async producer(): Promise<RawProducer> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      retry: PATIENCE,
      createPartitioner: () => {
        const byKey = Partitioners.DefaultPartitioner();
        return (args) => args.message.partition ?? byKey(args);
      },
    });
    await producer.connect();
    return {
      send: async (topic, messages) => void (await producer.send({ topic, acks: -1, messages: messages.slice() })),
      close: () => producer.disconnect(),
    };
  }

  /** The ends of the log of each partition. @throws when the topic does not exist or no broker answers. */
  ends(topic: string): Promise<Map<number, LogEnds>> {
    return this.asAdmin(async (admin) => {
      // Asking for the offsets of a topic that is missing could create it, with the partitions of the broker's default.
      if (!(await admin.listTopics()).includes(topic)) throw new Error(`The topic ${topic} does not exist yet`);
      const offsets = await admin.fetchTopicOffsets(topic);
      return new Map(offsets.map((o) => [o.partition, { low: BigInt(o.low), high: BigInt(o.high) }]));
    });
  }

  /** The number of partitions of the topics that exist. */
  partitionCounts(): Promise<Map<string, number>> {
    return this.asAdmin(async (admin) => {
      const { topics } = await admin.fetchTopicMetadata();
      return new Map(topics.map((t) => [t.name, t.partitions.length]));
    });
  }

  createTopics(specs: readonly TopicSpec[]): Promise<void> {
    return this.asAdmin(async (admin) => {
      const topics = specs.map(({ topic, partitions, replicationFactor, config }) => ({
        topic,
        numPartitions: partitions,
        replicationFactor,
        configEntries: Object.entries(config).map(([name, value]) => ({ name, value })),
      }));
      await admin.createTopics({ topics, waitForLeaders: true });
    });
  }

  /** Joins a group and fetches what it is assigned, until it leaves or `crashed` is called. */
  async join(options: GroupOptions, handlers: GroupHandlers): Promise<{ leave(): Promise<void> }> {
    const { topic } = options;
    const consumer = this.consumer(options, handlers);
    listen(consumer, topic, handlers);
    try {
      await consumer.connect();
      await consumer.subscribe({ topic, fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatch: async (payload) => {
          const { batch } = payload;
          if (!payload.isStale()) await handlers.messages(batch.partition, batch.messages, BigInt(batch.highWatermark));
        },
      });
    } catch (error) {
      await consumer.disconnect().catch(() => undefined);
      throw error;
    }
    return { leave: () => consumer.disconnect() };
  }

  private consumer({ group, topic, sessionMs }: GroupOptions, handlers: GroupHandlers): Consumer {
    return this.kafka.consumer({
      groupId: group,
      sessionTimeout: sessionMs,
      // Members join again between two fetches, so whoever does not within half a session is gone.
      rebalanceTimeout: Math.round(sessionMs / 2),
      heartbeatInterval: Math.round(sessionMs / 10),
      maxWaitTimeInMs: Math.min(MAX_WAIT_MS, Math.round(sessionMs / 10)),
      maxBytesPerPartition: FETCH_BYTES.perPartition,
      maxBytes: FETCH_BYTES.total,
      allowAutoTopicCreation: false,
      partitionAssigners: [assigner(topic, handlers)],
      // A crashed membership is replaced by a new one, by its owner.
      retry: { ...PATIENCE, restartOnFailure: () => Promise.resolve(false) },
    });
  }

  private async asAdmin<T>(work: (admin: Admin) => Promise<T>): Promise<T> {
    const admin = this.kafka.admin({ retry: PATIENCE });
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  }
}

/** Thrown inside the client's own loop, which takes it for the coordinator's word and joins again. */
const rejoin = (): Error => Object.assign(new Error('This member has let go of partitions'), { type: 'REBALANCE_IN_PROGRESS' });

const fetchingOf = (consumer: Consumer, topic: string): Fetching => ({
  seek: (partition, offset) => consumer.seek({ topic, partition, offset: String(offset) }),
  pause: (partition) => consumer.pause([{ topic, partitions: [partition] }]),
  resume: (partition) => consumer.resume([{ topic, partitions: [partition] }]),
});

const listen = (consumer: Consumer, topic: string, handlers: GroupHandlers): void => {
  const fetching = fetchingOf(consumer, topic);
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => handlers.joined(payload.memberAssignment[topic] ?? [], fetching));
  consumer.on(consumer.events.HEARTBEAT, () => handlers.alive());
  consumer.on(consumer.events.CRASH, ({ payload }) => handlers.crashed(payload.error));
  consumer.on(consumer.events.FETCH_START, () => {
    if (handlers.wantsToRejoin()) throw rejoin();
  });
};

/** The assignment is decided by our own function; what members hold travels in the user data of their metadata. */
const assigner =
  (topic: string, handlers: GroupHandlers): PartitionAssigner =>
  () => ({
    name: 'quadra-cooperative',
    version: 1,
    protocol: ({ topics }) => ({
      name: 'quadra-cooperative',
      metadata: AssignerProtocol.MemberMetadata.encode({ version: 1, topics, userData: Buffer.from(JSON.stringify(handlers.held())) }),
    }),
    assign: ({ members }) => {
      const assignment = handlers.assign(members.map(({ memberId, memberMetadata }) => ({ id: memberId, held: heldIn(memberMetadata) })));
      return Promise.resolve(
        members.map(({ memberId }) => ({
          memberId,
          memberAssignment: AssignerProtocol.MemberAssignment.encode({
            version: 1,
            assignment: { [topic]: [...(assignment.get(memberId) ?? [])] },
            userData: Buffer.alloc(0),
          }),
        })),
      );
    },
  });

const heldIn = (metadata: Buffer): number[] => {
  const text = AssignerProtocol.MemberMetadata.decode(metadata)?.userData.toString() ?? '';
  return text === '' ? [] : (JSON.parse(text) as number[]);
};
