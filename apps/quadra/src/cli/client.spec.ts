import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from './client';

let server: Server;
let client: Client;
let answer = { status: 200, type: 'text/html; charset=utf-8', body: '<!doctype html><p>Hello' };

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(answer.status, { 'Content-Type': answer.type }).end(answer.body));
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  client = new Client(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, undefined, 'en');
});

afterAll(() => new Promise((closed) => server.close(closed)));

const asks: [string, () => Promise<unknown>][] = [
  ['a question', () => client.get(['processors'])],
  ['a question for CSV', () => client.getText(['reports'])],
  ['an order', () => client.send('POST', ['parked'], {})],
  ['a file', () => client.upload(['files'], __filename)],
];

describe.each(asks)('%s to an address where something else answers', (_name, ask) => {
  it.each([
    [200, 'text/html'],
    [404, 'text/html'],
    [405, 'text/plain'],
    [404, 'application/json'],
  ])('ends with one sentence that says so: %d %s', async (status, type) => {
    answer = { status, type, body: type === 'application/json' ? '{"error":"not found"}' : '<p>Hello' };
    await expect(ask()).rejects.toThrow(`What answers at ${client.url} is no Quadra (${status}, ${type}): is --url right?`);
  });

  it('takes the word of a proxy whose instance is away', async () => {
    answer = { status: 502, type: 'text/html', body: '<p>Bad Gateway' };
    await expect(ask()).rejects.toThrow('The instance answered 502.');
  });
});

it('a JSON answer that breaks off is none of a Quadra', async () => {
  answer = { status: 200, type: 'application/json', body: '{"items":[' };
  await expect(client.get(['processors'])).rejects.toThrow(/is no Quadra/);
});

it('the sentence of an instance is passed on', async () => {
  answer = { status: 404, type: 'application/problem+json', body: '{"code":"NOT_FOUND","detail":"There is no such file."}' };
  await expect(client.get(['files'])).rejects.toMatchObject({ status: 404, code: 'NOT_FOUND', message: 'There is no such file.' });
});
