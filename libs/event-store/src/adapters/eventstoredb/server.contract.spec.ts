import { freshView, instantOf, waysToServers } from '../../../../../test/support/eventstoredb';
import { describeEventStore } from '../../contract';
import { openEventStoreDb } from './store';

/** A server just started may need a while before it elects itself. */
const PATIENCE_MS = 60_000;

for (const way of waysToServers()) {
  if (way.missing) {
    describe.skip(`EventStoreDB, ${way.name}: SKIPPED, ${way.missing}`, () => it('keeps the contract', () => undefined));
    continue;
  }
  describe(`EventStoreDB, ${way.name}`, () => {
    let started: ReturnType<typeof way.start> | undefined;
    let ordinal = 0;

    afterAll(async () => (await started)?.stop(), PATIENCE_MS);

    describeEventStore('it', async (clock) => {
      const { url } = await (started ??= way.start());
      const view = { ordinal: ordinal++ };
      const store = await openEventStoreDb({
        connectionString: url,
        clock: { now: () => instantOf(view, clock.now()) },
        patienceMs: PATIENCE_MS,
      });
      const fresh = freshView(store, { ...view, base: await store.head() });
      return { store: fresh, close: () => fresh.close() };
    });
  });
}
