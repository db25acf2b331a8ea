import type { StoredEvent } from '@quadra/event-store';
import type { LogPiece } from './manifest';
import { readPiece } from './pieces';

/** An event as it stands in a backup; its position is the one that it had in the first store. */
export interface Line extends Omit<StoredEvent, 'position'> {
  readonly position: string;
}

export const linesIn = async (folder: string, piece: LogPiece): Promise<Line[]> =>
  (await readPiece(folder, piece))
    .toString()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Line);
