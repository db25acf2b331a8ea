import { createInMemoryStore, type AppendRequest, type AppendResult, type EventStore } from '@quadra/event-store';
import { organizationStream, type OrganizationCommand } from '@quadra/domain';
import { COMUNE } from '../../../../test/support/facts';
import { Organizations } from './organizations';

const register: OrganizationCommand = { type: 'RegisterOrganization', name: 'Comune di Prova' };
const context = (commandId: string) => ({ commandId, actor: 'officer' });
const stream = organizationStream(COMUNE);

describe('the registration of organizations', () => {
  let store: EventStore;
  let organizations: Organizations;
  beforeEach(() => {
    store = createInMemoryStore();
    organizations = new Organizations(store);
  });

  it('is recorded once, with who did it and in which request', async () => {
    const first = await organizations.execute(COMUNE, register, { ...context('a'), correlationId: 'request-1' });
    expect(first).toEqual({ position: 1n, changed: true });
    expect(await organizations.execute(COMUNE, register, context('b'))).toEqual({ position: 1n, changed: false });
    const [event, ...more] = await store.read(stream);
    expect(more).toEqual([]);
    expect(event).toMatchObject({
      type: 'OrganizationRegistered',
      meta: { actor: 'officer', commandId: 'a', $correlationId: 'request-1' },
    });
  });

  it('refuses what contradicts it, and writes nothing', async () => {
    await organizations.execute(COMUNE, register, context('a'));
    const refused = await organizations.execute(COMUNE, { ...register, name: 'Comune di Altro' }, context('b'));
    expect(refused).toMatchObject({ rejected: 'ORGANIZATION_EXISTS' });
    expect(await store.read(stream)).toHaveLength(1);
  });

  it('decides again on what another clerk did in between, and loses neither change', async () => {
    await organizations.execute(COMUNE, register, context('a'));
    const slow = new Organizations(overtaken(store, () => organizations.execute(COMUNE, settings({ calendar: 'target' }), context('b'))));
    await slow.execute(COMUNE, settings({ usesNotifications: true }), context('c'));
    expect((await store.read(stream)).at(-1)!.data).toMatchObject({ settings: { calendar: 'target', usesNotifications: true } });
  });

  it('lets many clerks register one body at once and records one registration', async () => {
    const outcomes = await Promise.all(Array.from({ length: 10 }, (_, i) => organizations.execute(COMUNE, register, context(String(i)))));
    expect(outcomes.filter((o) => 'changed' in o && o.changed)).toHaveLength(1);
    expect(await store.read(stream)).toHaveLength(1);
  });

  it('gives up, and says so, when the stream never stands still', async () => {
    const restless = { ...methods(store), append: async (): Promise<AppendResult> => ({ ok: false, conflict: true }) };
    await expect(new Organizations(restless).execute(COMUNE, register, context('a'))).rejects.toThrow(
      'moves faster than it can be decided',
    );
  });
});

const settings = (changed: Partial<Extract<OrganizationCommand, { type: 'ConfigureOrganization' }>['settings']>): OrganizationCommand => ({
  type: 'ConfigureOrganization',
  settings: changed,
});

const methods = (store: EventStore): EventStore => ({
  append: (request) => store.append(request),
  appendMany: (requests) => store.appendMany(requests),
  read: (stream, from) => store.read(stream, from),
  readMany: (streams) => store.readMany(streams),
  subscribe: (after, options) => store.subscribe(after, options),
  head: () => store.head(),
  positionAt: (instant) => store.positionAt(instant),
  close: () => store.close(),
});

/** A store in which somebody else acts just before the first append. */
const overtaken = (store: EventStore, first: () => Promise<unknown>): EventStore => {
  let done = false;
  return {
    ...methods(store),
    append: async (request: AppendRequest) => {
      if (!done) {
        done = true;
        await first();
      }
      return store.append(request);
    },
  };
};
