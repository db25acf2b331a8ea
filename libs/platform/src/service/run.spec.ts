import { SettingsError } from '../config';
import { SecretMissing, openKeyring } from '../keyring';
import { exitCodeOf } from './run';

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};

describe('a service that cannot start', () => {
  it('ends with 2 when the environment says something wrong, a secret that is too short included', () => {
    expect(exitCodeOf(new SettingsError('QUADRA_PORT is no number'))).toBe(2);
    const error = thrownBy(() => openKeyring({ secret: 'short' }));
    expect(error).toBeInstanceOf(SecretMissing);
    expect(exitCodeOf(error)).toBe(2);
  });

  it('ends with 1 for all else', () => expect(exitCodeOf(new Error('the database does not answer'))).toBe(1));
});
