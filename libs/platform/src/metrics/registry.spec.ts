import { MetricsRegistry } from './registry';

describe('the figures for Prometheus', () => {
  it('count, per set of labels', () => {
    const metrics = new MetricsRegistry();
    const files = metrics.counter('files_total', 'Files.');
    files.add({ status: 'imported' });
    files.add({ status: 'imported' }, 2);
    files.add({ status: 'rejected' });
    expect(metrics.text()).toBe(
      '# HELP files_total Files.\n# TYPE files_total counter\nfiles_total{status="imported"} 3\nfiles_total{status="rejected"} 1\n',
    );
  });

  it('put a duration into every bucket that it fits, and into the sum and the count', () => {
    const metrics = new MetricsRegistry();
    metrics.histogram('took', 'Took.').observe({ route: '/a' }, 0.2);
    const text = metrics.text();
    expect(text).toContain('took_bucket{route="/a",le="0.1"} 0\n');
    expect(text).toContain('took_bucket{route="/a",le="0.25"} 1\n');
    expect(text).toContain('took_bucket{route="/a",le="+Inf"} 1\n');
    expect(text).toContain('took_sum{route="/a"} 0.2\ntook_count{route="/a"} 1\n');
  });

  it('escape what would break the text', () => {
    const metrics = new MetricsRegistry();
    metrics.gauge('g', 'G.', () => [{ labels: { a: 'x"y\\z\n' }, value: 1 }]);
    expect(metrics.text()).toContain('g{a="x\\"y\\\\z\\n"} 1\n');
  });
});
