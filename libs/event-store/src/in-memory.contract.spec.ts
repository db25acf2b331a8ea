import { createInMemoryStore } from './adapters/in-memory';
import { describeEventStore } from './contract';

describeEventStore('the store in memory', async (clock) => {
  const store = createInMemoryStore({ clock });
  return { store, close: () => store.close() };
});
