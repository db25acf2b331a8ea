import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type LocalKafka, startKafka, type StartOptions } from '../../../../tools/kafka';

const COMMAND = resolve('dist/tools/kafka/main.js');

/** Why no broker can be started on this machine; undefined when one can. Asked before the tests are named. */
const whyNot = (): string | undefined => {
  if (!existsSync(COMMAND)) return 'the tools are not compiled: npm run build';
  const { status, stderr } = spawnSync(process.execPath, [COMMAND, 'prepare'], { encoding: 'utf8', timeout: 300_000 });
  return status === 0 ? undefined : stderr.trim().split('\n')[0] || 'Java 17 or the jars of Kafka cannot be had';
};

/** What a broker is started with, made once it is known that one can be started. */
export type BrokerOptions = (dir: string) => Promise<Pick<StartOptions, 'listeners' | 'properties'>>;

/** Tests on a broker of their own, started before and ended after them; where none can be had they are skipped, and say why. */
export const describeWithKafka = (
  name: string,
  body: (kafka: () => LocalKafka) => void,
  options: BrokerOptions = () => Promise.resolve({}),
): void => {
  const missing = whyNot();
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
