import type { FileItem } from '@quadra/read-models';
import { requireFiscalCode } from './import';
import type { Io } from './io';
import { CliError, EXIT } from './io';
import type { InstanceOptions } from './session';
import { languageOfOptions, withSession } from './session';
import { untilReconciled } from './take-in';

export interface VoidOptions extends InstanceOptions {
  readonly org: string;
  readonly reason: string;
}

interface Voided {
  readonly fileId: string;
  readonly duplicate: boolean;
  readonly position: string;
}

/** A reason that says something: it stands in the history with the name of who gave it. */
export const requireReason = (reason: string): string => {
  if (reason.trim() === '') throw new CliError('--reason must say why', EXIT.usage);
  return reason;
};

/** Takes a file back and waits until nothing of it stands any more. */
export const voidFile = (io: Io, fileId: string, options: VoidOptions): Promise<number> => {
  const org = requireFiscalCode(options.org);
  const reason = requireReason(options.reason);
  languageOfOptions(options);
  return withSession(io, options, async (client) => {
    const voided = await client.send<Voided>('POST', ['organizations', org, 'files', fileId, 'void'], { reason });
    const file: FileItem = await untilReconciled(client, { org, file: fileId, ...voided });
    if (options.json) io.out(JSON.stringify({ ...voided, ...file }));
    else io.out(`${file.name} (${fileId}) ${voided.duplicate ? 'had been taken back already' : 'was taken back'}`);
    return EXIT.done;
  });
};
