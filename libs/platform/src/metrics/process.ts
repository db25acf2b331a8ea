import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { MetricsRegistry } from './registry';

const one = (value: number) => [{ labels: {}, value }];

/** Memory, processor time and event loop of this process. @returns ends the measuring. */
export const processMetrics = (metrics: MetricsRegistry): (() => void) => {
  const loop = monitorEventLoopDelay({ resolution: 20 });
  loop.enable();
  const started = Date.now() / 1000 - process.uptime();
  metrics.gauge('process_start_time_seconds', 'When the process started, in seconds since 1970.', () => one(Math.round(started)));
  metrics.gauge('process_resident_memory_bytes', 'Resident memory.', () => one(process.memoryUsage.rss()));
  metrics.gauge('nodejs_heap_used_bytes', 'Heap in use.', () => one(process.memoryUsage().heapUsed));
  metrics.gauge('process_cpu_seconds', 'Processor time used, user and system.', () => {
    const { user, system } = process.cpuUsage();
    return one((user + system) / 1e6);
  });
  metrics.gauge('nodejs_eventloop_delay_p99_seconds', 'Delay of the event loop, 99th percentile since the last look.', () => {
    const p99 = loop.percentile(99) / 1e9;
    loop.reset();
    return one(Number.isFinite(p99) ? p99 : 0);
  });
  return () => loop.disable();
};
