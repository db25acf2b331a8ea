import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GeneratorOptions, Summary } from './generate';
import { generateFiles } from './generate';

export { FLOW_ANOMALIES, PAYMENT_ANOMALIES } from './anomalies';
export type { FlowAnomaly, PaymentAnomaly } from './anomalies';
export { generateFiles } from './generate';
export type { GeneratedFile, GeneratorOptions, Summary } from './generate';

/**
 * Writes a month of several bodies to a folder: `<out>/<fiscal code>/…` as each body would get it, and beside the folders
 * `organizations.json`, `truth.csv`, `truth-flows.csv`, `truth-credits.csv`.
 * @throws when an option is out of range, or the folder holds anything already: old files would mix with the new truth.
 */
export const generate = async ({ out, ...options }: GeneratorOptions & { readonly out: string }): Promise<Summary> => {
  await mkdir(out, { recursive: true });
  if ((await readdir(out)).length > 0) throw new Error(`The folder ${out} is not empty: choose another one`);
  const made = new Set<string>();
  const files = generateFiles(options);
  for (let next = files.next(); ; next = files.next()) {
    if (next.done) return next.value;
    const { org, name, bytes, continues } = next.value;
    if (org && !made.has(org)) await mkdir(join(out, org));
    made.add(org);
    const path = join(out, org, name);
    await (continues ? appendFile(path, bytes) : writeFile(path, bytes));
  }
};
