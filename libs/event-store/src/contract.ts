import { describeAppends } from './contract/appends';
import { describeFeed } from './contract/feed';
import { describeReads } from './contract/reads';
import { describeRestored } from './contract/restored';
import { type OpenedStore, type OpenStore, TestClock } from './contract/support';

export { collect, fact, freshStream, request, TestClock } from './contract/support';
export type { OpenedStore, OpenStore } from './contract/support';

/**
 * What every event store keeps, as tests: an adapter is one when this suite passes. `open` gives an empty store each time it is called;
 * positions need not be dense.
 */
export const describeEventStore = (name: string, open: OpenStore): void => {
  describe(`${name} as an event store`, () => {
    let opened: OpenedStore;
    const clock = new TestClock();

    beforeAll(async () => {
      opened = await open(clock);
    });

    afterAll(() => opened?.close());

    const current = (): OpenedStore['store'] => opened.store;
    describeAppends(current);
    describeReads(
      current,
      () => clock,
      () => open(clock),
    );
    describeFeed(current);
    describeRestored(
      () => clock,
      () => open(clock),
    );
  });
};
