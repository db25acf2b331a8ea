import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openMonth, type Month } from '../../tools/bench/month';
import { generate } from '../../tools/generator';
import { createRng, type Rng } from '../../tools/generator/rng';
import type { ApiClient } from '../cluster/client';
import type { Cluster } from '../cluster/cluster';

/** What a round may do to the cluster: kill -9 of a part, or cut all connections to the store. */
export const BLOWS = ['command', 'reconciliation', 'projection', 'broker', 'store', 'connections'] as const;
export type Blow = (typeof BLOWS)[number];

export interface ChaosOptions {
  readonly rounds: number;
  /** Of each round's month. */
  readonly payments: number;
  /** The same seed gives the same months and the same blows, as far as a clock allows. */
  readonly seed: string;
  /** Blows of a round, at most. */
  readonly blows: number;
  readonly say?: (line: string) => void;
}

export interface ChaosFigures {
  readonly rounds: number;
  readonly files: number;
  readonly blows: Readonly<Record<Blow, number>>;
  /** Seconds from a blow until everything that was uploaded before it and follows from it can be read. */
  readonly recoverySeconds: { readonly median: number; readonly worst: number };
}

const ORGANIZATIONS = 2;
/** Uploads under way at once. */
const LANES = 4;
/** A part stays away for so long, at most. */
const AWAY_MS = 1_500;

/** Months of different years, so that documents of one round are not taken for those of another. */
const monthOf = (round: number): string => `${2001 + round}-${String(1 + (round % 12)).padStart(2, '0')}`;

const medianOf = (sorted: readonly number[]): number => sorted[Math.floor(sorted.length / 2)] ?? 0;
const seconds = (ms: number): number => Math.round(ms / 100) / 10;

/** Rounds of a month coming in over HTTP while parts of the cluster are killed and come back. */
export class Chaos {
  readonly months: Month[] = [];
  private readonly scratch = mkdtempSync(join(tmpdir(), 'quadra-chaos-'));
  private readonly rng: Rng;
  private readonly blows = Object.fromEntries(BLOWS.map((blow) => [blow, 0])) as Record<Blow, number>;
  private readonly recoveries: number[] = [];
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly cluster: Cluster,
    private readonly api: ApiClient,
    private readonly options: ChaosOptions,
  ) {
    this.rng = createRng(options.seed);
  }

  /** @throws when a write or a read is refused for another reason than a part that is away. */
  async run(): Promise<ChaosFigures> {
    for (let round = 0; round < this.options.rounds; round++) {
      const began = performance.now();
      const struck = await this.round(round);
      this.options.say?.(`round ${round + 1}/${this.options.rounds}: ${struck.join(', ')}; ${seconds(performance.now() - began)} s`);
    }
    const sorted = [...this.recoveries].sort((a, b) => a - b);
    return {
      rounds: this.options.rounds,
      files: this.months.reduce((sum, month) => sum + month.files.length, 0),
      blows: this.blows,
      recoverySeconds: { median: seconds(medianOf(sorted)), worst: seconds(sorted.at(-1) ?? 0) },
    };
  }

  close(): void {
    rmSync(this.scratch, { recursive: true, force: true });
  }

  private async round(round: number): Promise<Blow[]> {
    const out = join(this.scratch, String(round));
    const { payments, seed } = this.options;
    await generate({ payments, orgs: ORGANIZATIONS, seed: `${seed}-${round}`, month: monthOf(round), out });
    const month = openMonth(out);
    this.months.push(month);
    await this.api.register(month);
    const blows = Array.from({ length: this.rng.int(1, this.options.blows) }, () => this.rng.pick(BLOWS));
    const at = blows.map(() => this.rng.int(0, month.files.length - 1));
    let next = 0;
    const lane = async (): Promise<void> => {
      for (let i = next++; i < month.files.length; i = next++) {
        const file = month.files[i]!;
        const struck = this.inTurn(blows.filter((_, n) => at[n] === i));
        const position = await this.api.upload(month, file);
        for (const time of await struck) await this.recovered(file[0], position, time);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return blows;
  }

  /** One blow after the other: what is down cannot be struck. @returns when each struck. */
  private inTurn(blows: readonly Blow[]): Promise<number[]> {
    const mine = this.turn.then(async () => {
      const times: number[] = [];
      for (const blow of blows) times.push(await this.strike(blow));
      return times;
    });
    this.turn = mine;
    return mine;
  }

  /** @returns when it struck. */
  private async strike(blow: Blow): Promise<number> {
    this.blows[blow]++;
    await sleep(this.rng.int(0, 200));
    const struck = performance.now();
    if (blow === 'connections') {
      this.cluster.store.signal('SIGUSR2');
      return struck;
    }
    await this.kill(blow);
    await sleep(this.rng.int(0, AWAY_MS));
    await this.revive(blow);
    return struck;
  }

  private async kill(blow: Exclude<Blow, 'connections'>): Promise<unknown> {
    if (blow === 'broker') return this.cluster.kafka.kill();
    return blow === 'store' ? this.cluster.store.end('SIGKILL') : this.cluster.kill(blow);
  }

  private async revive(blow: Exclude<Blow, 'connections'>): Promise<unknown> {
    if (blow === 'broker') return this.cluster.kafka.restart();
    return blow === 'store' ? this.cluster.store.start() : this.cluster.start(blow);
  }

  private async recovered(org: string, position: string, struck: number): Promise<void> {
    await this.api.ask('GET', `/organizations/${org}/payments?limit=1&after=${position}`);
    this.recoveries.push(performance.now() - struck);
  }
}
