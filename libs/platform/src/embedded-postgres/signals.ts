import { signalServer } from './postmaster';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Stops the server when this process is asked to end, then lets the signal do what it does; at a plain exit the server is told and not
 * waited for. Answers with a function that takes the handlers away.
 */
export const stopOnSignals = (pid: number, stop: () => Promise<void>): (() => void) => {
  const onExit = (): void => signalServer(pid, 'SIGINT');
  const forget = (): void => {
    process.off('exit', onExit);
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    void stop().finally(() => {
      forget();
      process.kill(process.pid, signal);
    });
  };
  process.on('exit', onExit);
  for (const signal of SIGNALS) process.on(signal, onSignal);
  return forget;
};
