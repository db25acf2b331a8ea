import { KafkaClient, type OutMessage, type RawProducer } from './client';
import type { KafkaSettings } from './settings';

/**
 * A producer whose sends go one after the other. After a failure it is not known what was written, and the numbers that make a
 * producer idempotent no longer tell: the next send starts as a new producer, and the caller decides from what the topic holds.
 */
export class OrderedProducer {
  private current: Promise<RawProducer> | undefined;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly client: KafkaClient) {}

  /** @throws when it is not known that all in-sync replicas have the messages. */
  send(topic: string, messages: readonly OutMessage[]): Promise<void> {
    const mine = this.turn.then(() => this.sendNow(topic, messages));
    this.turn = mine.catch(() => undefined);
    return mine;
  }

  async close(): Promise<void> {
    await this.turn;
    await this.discard();
  }

  private async sendNow(topic: string, messages: readonly OutMessage[]): Promise<void> {
    if (messages.length === 0) return;
    try {
      this.current ??= this.client.producer();
      await (await this.current).send(topic, messages);
    } catch (error) {
      await this.discard();
      throw error;
    }
  }

  private async discard(): Promise<void> {
    const producer = await this.current?.catch(() => undefined);
    this.current = undefined;
    await producer?.close().catch(() => undefined);
  }
}

/** A message for the outside: its key decides the partition. */
export interface PublicMessage {
  readonly key: string;
  readonly value: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Publisher {
  /**
   * Writes messages in order, acknowledged by all in-sync replicas. The same key goes to the same partition, by Kafka's own hash.
   * @throws when that is not certain: send the same messages again (at least once).
   */
  send(topic: string, messages: readonly PublicMessage[]): Promise<void>;
  close(): Promise<void>;
}

/** A producer for public events. It connects with the first message. */
export const publisher = (settings: KafkaSettings): Publisher => new OrderedProducer(new KafkaClient(settings));
