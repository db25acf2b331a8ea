export { MetricsRegistry, type Counter, type Histogram, type Labels, type Sample } from './registry';
export { processMetrics } from './process';
export { httpMetrics } from './http';
