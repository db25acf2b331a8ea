const FIRST_MS = 5_000;
const MOST_MS = 6 * 3_600_000;
/** After so long without an answer that counts, a webhook is suspended. */
export const GIVE_UP_MS = 3 * 24 * 3_600_000;

/**
 * Milliseconds until the next attempt: 5 s, doubled each time up to 6 h, spread by half in both directions.
 * @param attempt how many were made, from 1. @param chance from 0 to 1, random.
 */
export const retryDelayMs = (attempt: number, chance: number): number =>
  Math.round(Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 30)) * (0.5 + chance));
