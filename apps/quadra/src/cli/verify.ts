import type { Verification, VerificationRun } from '../../../command/src/integrity';
import type { Client } from './client';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import { showProgress } from './progress';
import type { InstanceOptions } from './session';
import { withSession } from './session';

export interface VerifyCliOptions extends InstanceOptions {
  readonly root?: readonly string[];
}

const POLL_MS = 300;

/** Has the instance compare its whole history with the seals. @throws CliError when it cannot. */
export const runVerification = async (io: Io, client: Client, roots: readonly string[]): Promise<Verification> => {
  await client.send('POST', ['integrity', 'verifications'], { roots });
  const progress = showProgress(io, 'verify', 1);
  try {
    for (;;) {
      const { verification } = await client.get<{ verification?: VerificationRun }>(['integrity']);
      if (!verification) throw new CliError('The verification was lost: the instance was restarted');
      if (verification.phase === 'done') return verification.result;
      if (verification.phase === 'failed') throw new CliError(`The history could not be read: ${verification.says}`);
      progress.update(0, `${verification.eventsRead} events`);
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    progress.stop();
  }
};

const rootsOf = ({ root = [] }: VerifyCliOptions): string[] => {
  const roots = root.map((r) => r.trim().toLowerCase());
  const wrong = roots.find((r) => !/^[0-9a-f]{64}$/.test(r));
  if (wrong !== undefined) throw new CliError(`--root takes 64 hex digits, not ${wrong}`, EXIT.usage);
  return roots;
};

const sayVerification = (io: Io, { finding, blocks, sealed, root, sealedAt, unsealed }: Verification, hasRoots: boolean): void => {
  if (finding) io.out(`BROKEN  ${finding.says}`);
  io.out(`${sealed} events in ${blocks} blocks are as they were sealed${sealedAt ? `, the last block at ${sealedAt}` : ''}`);
  io.out(`Root: ${root}`);
  if (finding) return;
  io.out(`After the last block: ${unsealed} events, which no seal protects yet`);
  if (!hasRoots) io.out('Without a root noted outside, a cut at the end cannot be seen: note this one, and give it with --root next time');
};

/** Compares the whole history with its seals and names the first thing that is not as it was sealed. */
export const verify = (io: Io, options: VerifyCliOptions): Promise<number> => {
  const roots = rootsOf(options);
  return withSession(io, options, async (client) => {
    const result = await runVerification(io, client, roots);
    if (options.json) io.out(JSON.stringify(result));
    else sayVerification(io, result, roots.length > 0);
    return result.finding ? EXIT.rejected : EXIT.done;
  });
};
