import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { isPublicAddress } from './addresses';
import { TargetRefused, post, refusalOf } from './post';
import { GIVE_UP_MS, retryDelayMs } from './retries';
import { newSecret, signature, signedHeaders } from './signature';

describe('an address', () => {
  it.each(['93.184.216.34', '8.8.8.8', '2606:4700::1111', '2a00:1450:4002::1', '::ffff:8.8.8.8', '::ffff:808:808'])(
    '%s belongs to the public internet',
    (address) => expect(isPublicAddress(address)).toBe(true),
  );

  it.each([
    ...[
      '0.0.0.0',
      '10.1.2.3',
      '100.64.0.1',
      '100.100.100.200',
      '127.0.0.1',
      '127.8.8.8',
      '169.254.169.254',
      '172.16.0.1',
      '172.31.255.255',
    ],
    ...['192.0.0.192', '192.168.1.1', '198.18.0.1', '203.0.113.9', '224.0.0.1', '240.0.0.1', '255.255.255.255', '168.63.129.16'],
    ...['::', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:a9fe:a9fe', '0:0:0:0:0:ffff:10.0.0.1', '::127.0.0.1', '64:ff9b::7f00:1'],
    ...['fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd00:ec2::254', 'ff02::1', '2001:db8::1', '2001::1', '2002:7f00:1::', 'fec0::1', '100::1'],
    ...['', 'localhost', '1.2.3', '0x7f.1'],
  ])('%s does not', (address) => expect(isPublicAddress(address)).toBe(false));

  it('of IPv4 is judged alike in every spelling inside IPv6', () =>
    fc.assert(
      fc.property(fc.ipV4(), (v4) => {
        const [a, b, c, d] = v4.split('.').map(Number) as [number, number, number, number];
        const hex = `::ffff:${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
        expect([isPublicAddress(`::ffff:${v4}`), isPublicAddress(hex)]).toEqual([isPublicAddress(v4), isPublicAddress(v4)]);
      }),
    ));
});

const options = { timeoutMs: 5_000, signal: new AbortController().signal };
const named = (...addresses: string[]) => ({
  lookup: () => Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))),
});

describe('a webhook is sent', () => {
  let calls = 0;
  const server = createServer((request, response) => {
    calls += 1;
    request
      .resume()
      .on('end', () =>
        response
          .writeHead(request.url === '/slow' ? 200 : 202)
          .write('x'.repeat(2_000), () => (request.url === '/slow' ? undefined : response.end())),
      );
  });
  let port = 0;
  beforeAll(
    () => new Promise<void>((done) => server.listen(0, '127.0.0.1', () => ((port = (server.address() as AddressInfo).port), done()))),
  );
  afterAll(() => {
    server.closeAllConnections();
    return new Promise((done) => server.close(done));
  });

  it.each([
    'https://127.0.0.1/x',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://2130706433/',
    'https://0x7f.1/',
    'https://169.254.169.254/latest',
  ])('never to %s', async (url) => {
    await expect(post(url, {}, '{}', { ...options, allowPrivate: false })).rejects.toThrow(TargetRefused);
    expect(refusalOf(url, false)).toContain('private');
  });

  it('never to a name that leads to a private address, not even beside a public one', async () => {
    for (const lookup of [named('127.0.0.1'), named('8.8.8.8', '10.0.0.1'), named('::ffff:127.0.0.1'), named('fd00:ec2::254')])
      await expect(post(`https://hook.example:${port}/`, {}, '{}', { ...options, allowPrivate: false, ...lookup })).rejects.toThrow(
        TargetRefused,
      );
    expect(calls).toBe(0);
  });

  it('not over plain http, and not with a password in the address', () => {
    expect(refusalOf('http://example.org/', false)).toContain('https');
    expect(refusalOf('https://a:b@example.org/', false)).toContain('password');
    expect(refusalOf('https://example.org/hook', false)).toBeUndefined();
  });

  it('to the addresses that were checked: the name is asked once', async () => {
    let asked = 0;
    const lookup = () => {
      asked += 1;
      return Promise.resolve([{ address: '127.0.0.1', family: 4 }]);
    };
    const answer = await post(`http://rebinding.example:${port}/`, {}, '{}', { ...options, allowPrivate: true, lookup });
    expect([answer.status, answer.text.length, asked]).toEqual([202, 500, 1]);
  });

  it('and given up when no name server or no receiver answers in time', async () => {
    const hurried = { ...options, timeoutMs: 100, allowPrivate: true };
    await expect(post('http://silent.example/', {}, '{}', { ...hurried, lookup: () => new Promise(() => undefined) })).rejects.toThrow();
    const silent = createServer(() => undefined);
    await new Promise<void>((done) => silent.listen(0, '127.0.0.1', done));
    await expect(post(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/`, {}, '{}', hurried)).rejects.toThrow();
    silent.closeAllConnections();
    await new Promise((done) => silent.close(done));
  });
});

describe('the signature', () => {
  it('is that of the example of Standard Webhooks', () => {
    const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
    expect(signature(secret, 'msg_p5jXN8AQM9LWM0D4loKWxJek', 1614265330, '{"test": 2432232314}')).toBe(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    );
  });

  it('stands once for each secret, in the order given', () => {
    const [a, b] = [newSecret(), newSecret()];
    expect(signedHeaders([a, b], 'id', 7, 'body')['webhook-signature']).toBe(
      `${signature(a, 'id', 7, 'body')} ${signature(b, 'id', 7, 'body')}`,
    );
  });
});

describe('the next attempt', () => {
  it('comes after seconds at first, and never later than nine hours', () => {
    expect(retryDelayMs(1, 0.5)).toBe(5_000);
    expect(retryDelayMs(2, 0.5)).toBe(10_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, chance) => {
        const delay = retryDelayMs(attempt, chance);
        expect(delay).toBeGreaterThanOrEqual(2_500);
        expect(delay).toBeLessThanOrEqual(9 * 3_600_000);
      }),
    );
  });

  it('leaves more than twenty attempts before a webhook is given up', () => {
    let [at, attempts] = [0, 0];
    while (at < GIVE_UP_MS) at += retryDelayMs(++attempts, 0.5);
    expect(attempts).toBeGreaterThan(20);
  });
});
