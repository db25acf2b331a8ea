import fc from 'fast-check';
import { specify } from '../../../../test/support/specify';
import { DEFAULT_SETTINGS, type OrganizationEvent } from './events';
import { UNKNOWN_ORGANIZATION, decideOrganization, evolveOrganization, type OrganizationCommand } from './organization';

const spec = specify<OrganizationCommand, typeof UNKNOWN_ORGANIZATION, OrganizationEvent>({
  initialState: UNKNOWN_ORGANIZATION,
  decide: decideOrganization,
  evolve: evolveOrganization,
});

const register: OrganizationCommand = { type: 'RegisterOrganization', name: 'Comune di Prova', broker: '00000000099' };
const registered: OrganizationEvent = { type: 'OrganizationRegistered', data: { name: 'Comune di Prova', broker: '00000000099' } };
const configure = (usesNotifications: boolean): OrganizationCommand => ({ type: 'ConfigureOrganization', settings: { usesNotifications } });

describe('an organization', () => {
  it('is registered', () => spec.given().when(register).then(registered));
  it('says nothing the second time', () => spec.given(registered).when(register).thenNothing());
  it('is refused with other data: the fiscal code is taken', () =>
    spec.given(registered).when({ type: 'RegisterOrganization', name: 'Comune di Altro' }).thenRejected('ORGANIZATION_EXISTS'));
  it('cannot be configured before it is registered', () => spec.given().when(configure(true)).thenRejected('ORGANIZATION_UNKNOWN'));

  it('keeps what a change of settings does not name', () =>
    spec
      .given(registered)
      .when({ type: 'ConfigureOrganization', settings: { calendar: 'target' } })
      .then({ type: 'OrganizationConfigured', data: { settings: { ...DEFAULT_SETTINGS, calendar: 'target' } } }));

  it('says nothing about settings that it has', () => spec.given(registered).when(configure(false)).thenNothing());

  it('takes the defaults for settings that an older version did not write', () => {
    const old = { type: 'OrganizationConfigured', data: { settings: { usesNotifications: true } } } as unknown as OrganizationEvent;
    expect(spec.fold([registered, old]).settings).toEqual({ ...DEFAULT_SETTINGS, usesNotifications: true });
  });

  it('takes in any command twice and adds nothing the second time', () => {
    const anyCommand: fc.Arbitrary<OrganizationCommand> = fc.oneof(
      fc.constantFrom('A', 'B').map((name) => ({ type: 'RegisterOrganization' as const, name })),
      fc
        .record(
          {
            usesNotifications: fc.boolean(),
            calendar: fc.constantFrom('target' as const, 'target-it' as const),
            accounts: fc.subarray([{ kind: 'treasury' as const, treasurer: '03069' }]),
          },
          { requiredKeys: [] },
        )
        .map((settings) => ({ type: 'ConfigureOrganization' as const, settings })),
    );
    fc.assert(
      fc.property(fc.array(anyCommand, { maxLength: 8 }), anyCommand, (history, last) => {
        const again = spec.adds([...history, last], last);
        expect(Array.isArray(again) ? again : 'refused').toEqual(Array.isArray(again) ? [] : 'refused');
      }),
    );
  });

  it('is folded over events of a newer version without a change', () =>
    expect(evolveOrganization(UNKNOWN_ORGANIZATION, { type: 'PersonalDataErased', data: {} } as never)).toEqual({
      ...UNKNOWN_ORGANIZATION,
      revision: 0,
    }));
});
