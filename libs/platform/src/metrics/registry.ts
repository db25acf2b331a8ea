export type Labels = Readonly<Record<string, string>>;

interface Family {
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly lines: () => string[];
}

const escapeLabel = (value: string): string => value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

const labelText = (labels: Labels): string => {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeLabel(value)}"`);
  return pairs.length ? `{${pairs.join(',')}}` : '';
};

/** Upper bounds in seconds: from a cached answer to the longest wait that a read may ask for. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

class Counts {
  readonly buckets: number[] = DURATION_BUCKETS.map(() => 0);
  sum = 0;
  count = 0;
}

export interface Histogram {
  /** @param seconds how long something took. */
  observe(labels: Labels, seconds: number): void;
}

export interface Counter {
  add(labels: Labels, by?: number): void;
}

export interface Sample {
  readonly labels: Labels;
  readonly value: number;
}

/** The figures of this process, in the text format of Prometheus. Labels never carry an organization, a person or a path. */
export class MetricsRegistry {
  private readonly families = new Map<string, Family>();

  counter(name: string, help: string): Counter {
    const values = new Map<string, number>();
    this.families.set(name, { kind: 'counter', help, lines: () => [...values].map(([labels, value]) => `${name}${labels} ${value}`) });
    return { add: (labels, by = 1) => values.set(labelText(labels), (values.get(labelText(labels)) ?? 0) + by) };
  }

  histogram(name: string, help: string): Histogram {
    const series = new Map<string, { labels: Labels; counts: Counts }>();
    const lines = (): string[] => [...series.values()].flatMap(({ labels, counts }) => histogramLines(name, labels, counts));
    this.families.set(name, { kind: 'histogram', help, lines });
    return {
      observe: (labels, seconds) => {
        const key = labelText(labels);
        let entry = series.get(key);
        if (!entry) series.set(key, (entry = { labels, counts: new Counts() }));
        DURATION_BUCKETS.forEach((bound, i) => (entry.counts.buckets[i]! += seconds <= bound ? 1 : 0));
        entry.counts.sum += seconds;
        entry.counts.count += 1;
      },
    };
  }

  /** A figure that is read when somebody looks. */
  gauge(name: string, help: string, read: () => readonly Sample[]): void {
    this.families.set(name, { kind: 'gauge', help, lines: () => read().map((s) => `${name}${labelText(s.labels)} ${s.value}`) });
  }

  text(): string {
    const blocks = [...this.families].map(([name, f]) => [`# HELP ${name} ${f.help}`, `# TYPE ${name} ${f.kind}`, ...f.lines()].join('\n'));
    return `${blocks.join('\n')}\n`;
  }
}

const histogramLines = (name: string, labels: Labels, counts: Counts): string[] => [
  ...DURATION_BUCKETS.map((bound, i) => `${name}_bucket${labelText({ ...labels, le: String(bound) })} ${counts.buckets[i]}`),
  `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${counts.count}`,
  `${name}_sum${labelText(labels)} ${counts.sum}`,
  `${name}_count${labelText(labels)} ${counts.count}`,
];
