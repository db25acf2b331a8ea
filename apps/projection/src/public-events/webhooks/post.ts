import { lookup as resolve } from 'node:dns/promises';
import { request as requestHttp } from 'node:http';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { isPublicAddress } from './addresses';

/** The target must not be called: the message says why, for whoever set the webhook up. */
export class TargetRefused extends Error {
  override readonly name = 'TargetRefused';
}

export interface PostOptions {
  readonly allowPrivate: boolean;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** How names become addresses; the system's way by default. */
  readonly lookup?: (host: string) => Promise<readonly LookupAddress[]>;
}

export interface Answer {
  readonly status: number;
  /** Its beginning. */
  readonly text: string;
}

const MAX_ANSWER = 500;

/** Why a webhook cannot go to this address, as far as the address itself tells; undefined when it can. */
export const refusalOf = (text: string, allowPrivate: boolean): string | undefined => {
  if (/[\s\p{Cc}]/u.test(text)) return 'it must hold no blank, line break or control character';
  if (!URL.canParse(text)) return 'it is not an address';
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(allowPrivate && url.protocol === 'http:')) return 'it must begin with https://';
  if (url.username || url.password) return 'it must not hold a user name or password';
  const host = hostOf(url);
  if (!allowPrivate && isIP(host) && !isPublicAddress(host)) return 'it lies in a private or reserved network';
  return undefined;
};

const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

const systemLookup = (host: string): Promise<LookupAddress[]> => resolve(host, { all: true, verbatim: true });

/** The addresses of the host, all of them checked: the connection goes to these and asks no name again. */
const addressesOf = async (url: URL, { allowPrivate, lookup = systemLookup }: PostOptions): Promise<readonly LookupAddress[]> => {
  const refusal = refusalOf(url.href, allowPrivate);
  if (refusal !== undefined) throw new TargetRefused(`${url.origin}: ${refusal}`);
  const host = hostOf(url);
  const family = isIP(host);
  const found = family ? [{ address: host, family }] : await lookup(host);
  if (found.length === 0) throw new Error(`${host} has no address`);
  if (!allowPrivate && !found.every(({ address }) => isPublicAddress(address)))
    throw new TargetRefused(`${host} leads to a private or reserved network`);
  return found;
};

/** Node asks for one address or for all of them. */
const pinned =
  (addresses: readonly LookupAddress[]): RequestOptions['lookup'] =>
  (_, options, callback) => {
    const reply = callback as unknown as (error: null, address: string | readonly LookupAddress[], family?: number) => void;
    if (options.all) reply(null, addresses);
    else reply(null, addresses[0]!.address, addresses[0]!.family);
  };

const beginningOf = async (response: IncomingMessage): Promise<string> => {
  let text = '';
  response.setEncoding('utf8');
  for await (const chunk of response) {
    text += chunk as string;
    if (text.length >= MAX_ANSWER) break;
  }
  response.destroy();
  return text.slice(0, MAX_ANSWER).replaceAll('\0', '');
};

/** The system's resolver knows no time limit. */
const within = async <T>(signal: AbortSignal, work: Promise<T>): Promise<T> => {
  signal.throwIfAborted();
  let onAbort = (): void => undefined;
  const ended = new Promise<never>((_, fail) => {
    onAbort = () => fail(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    return await Promise.race([work, ended]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

/**
 * Sends a body by POST to a public address and follows no redirect.
 * @throws TargetRefused when it must not be called; any other error when no answer came in time.
 */
export const post = async (target: string, headers: Record<string, string>, body: string, options: PostOptions): Promise<Answer> => {
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(options.timeoutMs)]);
  const url = new URL(target);
  const addresses = await within(signal, addressesOf(url, options));
  const request = url.protocol === 'http:' ? requestHttp : requestHttps;
  const response = await new Promise<IncomingMessage>((done, fail) => {
    const sending = request(url, {
      method: 'POST',
      agent: false,
      lookup: pinned(addresses),
      signal,
      headers: { ...headers, 'content-length': Buffer.byteLength(body) },
    });
    sending.on('response', done).on('error', fail);
    sending.end(body);
  });
  return { status: response.statusCode ?? 0, text: await beginningOf(response) };
};
