import type { PublicEvent, StoredPublicEvent } from '@quadra/event-feed';
import { SettingsError } from '@quadra/platform';
import { kafkaSink } from './kafka-sink';
import { publishAll } from './publisher';
import { publicEventsSettings } from './settings';

const event = (seq: number, org: string, type: StoredPublicEvent['type'] = 'it.quadra.file.voided.v1'): StoredPublicEvent => ({
  seq: BigInt(seq),
  type,
  org,
  subject: `${org}/files/f${seq}`,
  sequence: 1,
  position: String(seq),
  time: '2026-11-25T06:12:09.000Z',
  correction: true,
  data: '{}',
});
const ALL = Array.from({ length: 7 }, (_, i) => event(i + 1, i % 2 ? 'A' : 'B'));

/** A publisher over a fixed outbox: runs until it has nothing left to do, at a sink that fails when it is told to. */
const publish = async (stored: { seq: bigint }, failing: (call: number) => 'before' | 'after' | undefined): Promise<string[]> => {
  const out: string[] = [];
  const abort = new AbortController();
  let calls = 0;
  await publishAll(
    {
      events: {
        after: (place) => {
          const events = ALL.filter((e) => e.seq > place).slice(0, 3);
          const upTo = events.at(-1)?.seq ?? place;
          return Promise.resolve({ events, upTo, atEnd: upTo === 7n });
        },
      },
      cursors: { load: () => Promise.resolve(stored.seq), store: (_, seq) => Promise.resolve(void (stored.seq = seq)) },
      watch: { waitBeyond: () => (abort.abort(), Promise.resolve(false)) },
      sink: {
        publish: (events: readonly PublicEvent[]) => {
          const failure = failing(++calls);
          if (failure !== 'before') out.push(...events.map((e) => (JSON.parse(e.json) as { position: string }).position));
          return failure ? Promise.reject(new Error('the broker is away')) : Promise.resolve();
        },
      },
      log: () => undefined,
    },
    abort.signal,
  );
  return out;
};

describe('the publisher', () => {
  it('hands everything on in order and stores how far it came', async () => {
    const stored = { seq: 0n };
    expect(await publish(stored, () => undefined)).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(stored.seq).toBe(7n);
  });

  it('begins where its predecessor stopped', async () => {
    expect(await publish({ seq: 5n }, () => undefined)).toEqual(['6', '7']);
  });

  it('sends again what was not acknowledged, and nothing overtakes it', async () => {
    expect(await publish({ seq: 0n }, (call) => (call === 2 ? 'before' : undefined))).toEqual(['1', '2', '3', '4', '5', '6', '7']);
    expect(await publish({ seq: 0n }, (call) => (call === 2 ? 'after' : undefined))).toEqual([
      '1',
      '2',
      '3',
      '4',
      '5',
      '6',
      '4',
      '5',
      '6',
      '7',
    ]);
  });

  it('gives Kafka each event under its organization, in the topic of its kind, in order', async () => {
    const sent: [string, string, string][] = [];
    const sink = kafkaSink({
      send: (topic, messages) => Promise.resolve(void sent.push(...messages.map((m): [string, string, string] => [topic, m.key, m.value]))),
    });
    const json = (n: number) => String(n);
    const out = (n: number, topic: string, key: string): PublicEvent => ({
      topic,
      key,
      id: '',
      type: 'it.quadra.file.voided.v1',
      json: json(n),
    });
    await sink.publish([out(1, 'p', 'A'), out(2, 'c', 'A'), out(3, 'p', 'B'), out(4, 'p', 'A')]);
    expect(sent.filter(([topic]) => topic === 'p')).toEqual([
      ['p', 'A', '1'],
      ['p', 'B', '3'],
      ['p', 'A', '4'],
    ]);
    expect(sent.filter(([topic]) => topic === 'c')).toEqual([['c', 'A', '2']]);
  });
});

describe('the settings of the public events', () => {
  it('have defaults that suit a public instance', () => {
    expect(publicEventsSettings({})).toEqual({ retentionDays: 90, allowPrivateWebhooks: false, topicReplication: 1 });
    expect(publicEventsSettings({ QUADRA_WEBHOOK_ALLOW_PRIVATE: '1', QUADRA_EVENTS_RETENTION_DAYS: '7' })).toMatchObject({
      retentionDays: 7,
      allowPrivateWebhooks: true,
    });
  });

  it.each([
    { QUADRA_EVENTS_RETENTION_DAYS: '0' },
    { QUADRA_EVENTS_RETENTION_DAYS: '-1' },
    { QUADRA_WEBHOOK_ALLOW_PRIVATE: 'yes' },
    { KAFKA_REPLICATION: 'x' },
  ])('refuse %j, naming the variable', (env) => {
    expect(() => publicEventsSettings(env)).toThrow(SettingsError);
    expect(() => publicEventsSettings(env)).toThrow(Object.keys(env)[0]);
  });
});
