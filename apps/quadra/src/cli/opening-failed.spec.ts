import { EmbeddedPostgresError } from '@quadra/platform';
import { CliError } from './io';
import { openingFailed, whenLost } from './opening-failed';

const embedded = { dataDir: './.quadra', databaseUrl: '' };
const own = { ...embedded, databaseUrl: 'postgres://x' };

const error = (message: string, code?: string): Error => Object.assign(new Error(message), code === undefined ? {} : { code });

describe('an instance that does not open', () => {
  it.each([
    error('Client has encountered a connection error and is not queryable'),
    error('Connection terminated unexpectedly'),
    error('terminating connection due to administrator command', '57P01'),
    error('write EPIPE', 'EPIPE'),
    Object.assign(error('connect ENOENT /x/.s.PGSQL.1', 'ENOENT'), { syscall: 'connect' }),
  ])('says which database went away: %s', (lost) => {
    expect(openingFailed(lost, embedded).message).toMatch(/^The embedded database of \.\/\.quadra went away \(.+\): .+$/);
    expect(openingFailed(lost, own).message).toBe(`The database of DATABASE_URL cannot be used: ${lost.message}`);
  });

  it('looks behind the sentence of the embedded server', () => {
    const cause = error('the database system is shutting down', '57P03');
    const failed = openingFailed(new EmbeddedPostgresError('PostgreSQL does not work', { cause }), embedded);
    expect(failed.message).toMatch(/went away \(the database system is shutting down\)/);
  });

  it('leaves other errors as they are', () => {
    const refused = new EmbeddedPostgresError('x/postgres is in use by process 1: try again when that has ended.');
    expect(openingFailed(refused, embedded).message).toBe(refused.message);
    const said = new CliError('Connection terminated');
    const bug = error('undefined is not a function');
    const noFile = Object.assign(error('no such file', 'ENOENT'), { syscall: 'open' });
    expect([said, bug, noFile].map((e) => whenLost(e, embedded))).toEqual([said, bug, noFile]);
  });
});
