import { Patience } from './patience';

describe('waiting for more events', () => {
  let awaited = false;
  let patience: Patience;
  beforeEach(() => {
    jest.useFakeTimers();
    awaited = false;
    patience = new Patience(() => awaited);
  });
  afterEach(() => jest.useRealTimers());

  /** Milliseconds of the wait after a batch of so many events, which begins as soon as the last wait has ended. */
  const waitAfter = async (events: number): Promise<number> => {
    const began = Date.now();
    const waiting = patience.afterBatch(events, began, new AbortController().signal);
    await jest.runAllTimersAsync();
    await waiting;
    return Date.now() - began;
  };
  const waitsAfter = async (events: number, times: number): Promise<number[]> => {
    const waits: number[] = [];
    while (waits.length < times) waits.push(await waitAfter(events));
    return waits;
  };

  it('is short after a pause, and doubles while events keep coming', async () => {
    expect(await waitsAfter(1, 4)).toEqual([10, 20, 40, 80]);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await waitAfter(1)).toBe(10);
  });

  it('lasts seconds in a load of files, and a moment in the business of the day', async () => {
    expect((await waitsAfter(500, 12)).at(-1)).toBe(2_000);
    expect((await waitsAfter(5, 2)).at(-1)).toBe(320);
  });

  it('is a moment only when somebody waits', async () => {
    await waitsAfter(500, 12);
    awaited = true;
    expect(await waitAfter(500)).toBe(320);
  });

  it('ends when somebody begins to wait, or the work ends', async () => {
    await waitsAfter(500, 12);
    const began = Date.now();
    const ending = new AbortController();
    const waiting = patience.afterBatch(500, began, ending.signal);
    patience.hurry();
    await waiting;
    const other = patience.afterBatch(500, Date.now(), ending.signal);
    ending.abort();
    await other;
    expect(Date.now() - began).toBe(0);
  });
});
