import { openStandalone } from '../../apps/quadra/src/standalone';
import { acceptAll, openMonth, registerAll, settle, shuffled } from '../../tools/bench/month';

/**
 * A process that loads a month and may be killed anywhere: `node load-month.js <month> <data> <database url> <seed>`.
 * Started again it goes on; at the end it prints the digests of the read models as JSON.
 */
const main = async ([dir, dataDir, databaseUrl, seed]: string[]): Promise<void> => {
  const month = openMonth(dir!);
  const quadra = await openStandalone({ dataDir: dataDir!, databaseUrl: databaseUrl! });
  process.stderr.write('open\n');
  await registerAll(quadra, month);
  await acceptAll(quadra, month, shuffled(month.files, Number(seed)));
  await settle(quadra);
  process.stdout.write(`${JSON.stringify(await quadra.processors.hashes())}\n`);
  await quadra.close();
};

main(process.argv.slice(2)).catch((error: Error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(1);
});
