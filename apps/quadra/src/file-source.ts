import { open, stat } from 'node:fs/promises';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Source } from '@quadra/formats';

/** A file of this machine as the readers want it: read again and from anywhere, never in memory as a whole. */
export const fileSource = async (path: string): Promise<Source> => {
  const { size } = await stat(path);
  return {
    name: basename(path),
    size,
    open: () => createReadStream(path, { highWaterMark: 256 * 1024 }),
    readAt: async (offset, length) => {
      const handle = await open(path);
      try {
        const buffer = Buffer.alloc(Math.max(0, Math.min(length, size - offset)));
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, offset);
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    },
  };
};
