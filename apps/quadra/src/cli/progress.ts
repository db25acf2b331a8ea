import { Presets, SingleBar } from 'cli-progress';
import type { Io } from './io';

export interface Progress {
  /** @param note what is being done right now. */
  update(done: number, note: string): void;
  stop(): void;
}

const LINE_EVERY_MS = 3_000;

const lines = (io: Io, label: string, total: number): Progress => {
  let last = Date.now();
  return {
    update: (done, note) => {
      if (Date.now() - last < LINE_EVERY_MS) return;
      last = Date.now();
      io.say(total > 1 ? `${label}: ${done} of ${total}${note && ` (${note})`}` : `${label}: ${note}`);
    },
    stop: () => undefined,
  };
};

/** A bar on a terminal, else a line every few seconds; both on stderr. */
export const showProgress = (io: Io, label: string, total: number): Progress => {
  if (!io.interactive) return lines(io, label, total);
  const bar = new SingleBar(
    { format: `${label} {bar} {value}/{total} {note}`, hideCursor: true, clearOnComplete: true },
    Presets.shades_grey,
  );
  bar.start(total, 0, { note: '' });
  return { update: (done, note) => bar.update(done, { note }), stop: () => bar.stop() };
};
