import { EventStoreDouble } from '../../../../../test/support/eventstoredb';
import { describeEventStore } from '../../contract';
import { openEventStoreDb } from './store';

describeEventStore('EventStoreDB (the double of the tests)', async (clock) => {
  const double = await EventStoreDouble.start();
  const store = await openEventStoreDb({ connectionString: double.url, clock });
  const close = async (): Promise<void> => {
    await store.close();
    await double.close();
  };
  return { store, close };
});
