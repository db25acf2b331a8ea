/** What the client understands; of another key it would print the whole string, password included. */
const KEYS = new Set([
  'connectionname',
  'defaultdeadline',
  'discoveryinterval',
  'gossiptimeout',
  'keepaliveinterval',
  'keepalivetimeout',
  'maxdiscoverattempts',
  'nodepreference',
  'throwonappendfailure',
  'tls',
  'tlscafile',
  'usercertfile',
  'userkeyfile',
]);

const SHAPE = /^esdb(?:\+discover)?:\/\/[^/?]+/;

/**
 * Checks a connection string before the client sees it. @throws Error that names the bad part and never a credential.
 */
export const checkConnectionString = (connectionString: string): void => {
  if (!SHAPE.test(connectionString))
    throw new Error('The connection string of EventStoreDB starts with esdb://host:port or esdb+discover://host');
  const query = connectionString.split('?')[1] ?? '';
  for (const pair of query.split('&').filter(Boolean)) {
    const [key = '', value = ''] = pair.split('=');
    const name = key.trim().toLowerCase().replace(/[_-]/g, '');
    if (!KEYS.has(name)) throw new Error(`The connection string of EventStoreDB has an unknown option: ${key}`);
    if (name === 'throwonappendfailure' && value !== 'true') {
      throw new Error('throwOnAppendFailure=false is not possible: the client then reports wrong revisions');
    }
  }
};
