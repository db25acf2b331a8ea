/** Seconds on the clock, and seconds of processor time of this process: the second stays meaningful on a busy machine. */
export interface Taken {
  readonly wall: number;
  readonly cpu: number;
}

/** Starts a watch. @returns what tells the time since. */
export const stopwatch = (): (() => Taken) => {
  const [began, used] = [process.hrtime.bigint(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(used);
    return { wall: Number(process.hrtime.bigint() - began) / 1e9, cpu: (user + system) / 1e6 };
  };
};
