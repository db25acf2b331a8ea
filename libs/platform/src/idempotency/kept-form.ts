import { openKeyring } from '../keyring';

/** How the answer of a request lies in the table of answers. */
export interface KeptForm {
  /** @param name what it is kept under. */
  kept(body: unknown, name: string): unknown;
  /** The answer again. @throws SealBroken when it was not kept by the same caller under this name. */
  shown(kept: unknown, name: string): unknown;
}

export const PLAIN: KeptForm = { kept: (body) => body, shown: (kept) => kept };

/**
 * Sealed with a key out of the caller's token. Of the token only a digest is stored, so whoever reads the table, with the secret of
 * the instance or without, reads no answer.
 */
export const sealedFor = (token: string): KeptForm => {
  const keyring = openKeyring({ secret: token });
  return {
    kept: (body, name) => keyring.seal(Buffer.from(JSON.stringify(body ?? null)), name).toString('base64'),
    shown: (kept, name) => JSON.parse(keyring.open(Buffer.from(String(kept), 'base64'), name).toString('utf8')) as unknown,
  };
};
