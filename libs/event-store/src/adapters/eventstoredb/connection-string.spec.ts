import { checkConnectionString } from './connection-string';

describe('a connection string of EventStoreDB', () => {
  it.each([
    'esdb://127.0.0.1:2113?tls=false',
    'esdb+discover://quadra:s%40crt@cluster.example:2113?tls=true&keepAliveInterval=10000',
    'esdb://a,b,c',
  ])('can be %s', (text) => expect(() => checkConnectionString(text)).not.toThrow());

  it.each([
    ['another scheme', 'postgres://quadra:secret@host/db', 'esdb://'],
    ['an unknown option', 'esdb://quadra:secret@host?tsl=false', 'tsl'],
    ['the mode that reports wrong revisions', 'esdb://quadra:secret@host?throwOnAppendFailure=false', 'throwOnAppendFailure'],
  ])('is refused with %s, and its password is not shown', (_, text, part) => {
    expect(() => checkConnectionString(text)).toThrow(part);
    expect(() => checkConnectionString(text)).not.toThrow('secret');
  });
});
