/**
 * The double as a process of its own, for suites that kill it: `node dist/test/support/eventstoredb/serve.js [--port n] [--file path]`.
 * It prints its connection string as one line of JSON, `{"url":"esdb://…"}`, when it takes connections, and ends on SIGTERM.
 * SIGUSR2 cuts all its connections, as a pulled cable does.
 */
import { parseArgs } from 'node:util';
import { EventStoreDouble } from './double';

const main = async (): Promise<void> => {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, file: { type: 'string' } } });
  const double = await EventStoreDouble.start({ port: Number(values.port), ...(values.file !== undefined && { file: values.file }) });
  process.stdout.write(`${JSON.stringify({ url: double.url })}\n`);
  process.on('SIGUSR2', () => double.cut());
  process.once('SIGTERM', () => void double.close().then(() => process.exit(0)));
};

void main().catch((error) => {
  process.stderr.write(`${error}\n`);
  process.exit(1);
});
