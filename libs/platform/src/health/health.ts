/** Something that must work for the instance to serve; rejects with the reason when it does not. */
export interface HealthCheck {
  readonly name: string;
  check(): Promise<void>;
}

export interface HealthReport {
  readonly healthy: boolean;
  readonly checks: Readonly<Record<string, 'up' | 'down'>>;
}

const TIMEOUT_MS = 3_000;

const inTime = async (check: HealthCheck): Promise<'up' | 'down'> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'down'>((resolve) => {
    timer = setTimeout(() => resolve('down'), TIMEOUT_MS);
  });
  const up = check.check().then(
    () => 'up' as const,
    () => 'down' as const,
  );
  return Promise.race([up, late]).finally(() => clearTimeout(timer));
};

/** Asks all checks at once; one that does not answer within three seconds is down. */
export const reportHealth = async (checks: readonly HealthCheck[]): Promise<HealthReport> => {
  const found = await Promise.all(checks.map(async (c) => [c.name, await inTime(c)] as const));
  return { healthy: found.every(([, state]) => state === 'up'), checks: Object.fromEntries(found) };
};
