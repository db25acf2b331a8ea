import { randomUUID } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalKafka, startKafka, type StartOptions, whyNoKafka } from '../../../../tools/kafka';

/** What a broker is started with, made once it is known that one can be started. */
export type BrokerOptions = (dir: string) => Promise<Pick<StartOptions, 'listeners' | 'properties'>>;

/** Tests on a broker of their own, started before and ended after them; where none can be had they are skipped, and say why. */
export const describeWithKafka = (
  name: string,
  body: (kafka: () => LocalKafka) => void,
  options: BrokerOptions = () => Promise.resolve({}),
): void => {
  const missing = whyNoKafka();
  if (missing !== undefined) {
    describe.skip(`${name} (SKIPPED, no Kafka here: ${missing})`, () => body(() => undefined as never));
    return;
  }
  describe(name, () => {
    const dir = join(tmpdir(), `quadra-test-kafka-${randomUUID()}`);
    let kafka: LocalKafka | undefined;
    beforeAll(async () => {
      await mkdir(dir);
      kafka = await startKafka({ dir, ...(await options(dir)) });
    }, 120_000);
    afterAll(async () => {
      await kafka?.remove();
    });
    body(() => kafka!);
  });
};
