import { Tail } from './tail';

const RECORDED_AT = '2026-10-12T08:00:00.000Z';

const committed = (stream: string, revision: number, count: number) => ({
  stream,
  revision,
  recordedAt: RECORDED_AT,
  events: Array.from({ length: count }, (_, i) => ({
    id: `${stream}/${revision + i}`,
    type: 'Told',
    data: `{"n":${revision + i}}`,
    meta: '{"actor":"a"}',
  })),
});

const positions = (page: ReturnType<Tail['page']>) => page?.events.map((e) => Number(e.position));

describe('the end of the log in memory', () => {
  const tail = (maxEvents?: number) => {
    const made = new Tail(10n, maxEvents);
    made.push([committed('payment-1', 0, 2), committed('credit-1', 4, 1)], 13n);
    return made;
  };

  it('gives events as the table would: position, revision, data, and when they were recorded', () => {
    expect(tail().page(12n, 13n, [], 10)).toEqual({
      events: [
        {
          position: 13n,
          stream: 'credit-1',
          revision: 4,
          id: 'credit-1/4',
          type: 'Told',
          data: { n: 4 },
          meta: { actor: 'a', recordedAt: RECORDED_AT },
        },
      ],
      full: false,
    });
  });

  it('keeps to the categories and to the limit, and says when a page ended early', () => {
    expect(positions(tail().page(10n, 13n, ['credit'], 10))).toEqual([13]);
    expect(tail().page(10n, 13n, ['payment'], 1)).toMatchObject({ full: true, events: [{ position: 11n }] });
    expect(positions(tail().page(11n, 13n, ['payment', 'credit'], 10))).toEqual([12, 13]);
  });

  it('sends whoever asks for earlier or later positions to the table', () => {
    expect(tail().page(9n, 13n, [], 10)).toBeUndefined();
    expect(tail().page(10n, 14n, [], 10)).toBeUndefined();
  });

  it('forgets the oldest first and never has a hole', () => {
    const small = tail(2);
    expect(small.page(10n, 13n, [], 10)).toBeUndefined();
    expect(positions(small.page(11n, 13n, [], 10))).toEqual([12, 13]);
    for (let n = 0; n < 50; n++) small.push([committed(`payment-${n}`, 0, 1)], 14n + BigInt(n));
    expect(positions(small.page(61n, 63n, [], 10))).toEqual([62, 63]);
  });

  it('starts anew at the head when nobody knows what was committed last', () => {
    const lost = tail();
    lost.reset(20n);
    expect(lost.page(13n, 20n, [], 10)).toBeUndefined();
    lost.push([committed('payment-9', 0, 1)], 21n);
    expect(positions(lost.page(20n, 21n, [], 10))).toEqual([21]);
  });
});
