import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const MIN_SECRET_BYTES = 32;
const SECRET_FILE = 'secret.key';
const KEY_ID = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Thrown when there is no usable master secret: the message says what to do. */
export class SecretMissing extends Error {}

/** Thrown when the master secret is not the one that an instance was begun with: the message says what to do. */
export class SecretWrong extends Error {}

/** Thrown when sealed bytes are not what was sealed under this name with this secret. */
export class SealBroken extends Error {}

/** The derived keys as plain bytes, to hand a keyring to a worker thread of the same process. The master secret stays behind. */
export interface KeyringMaterial {
  readonly seal: Uint8Array;
  readonly digest: Uint8Array;
}

/** Encrypts what must not lie open, and makes digests that only the holder of the secret can repeat. */
export interface Keyring {
  readonly material: KeyringMaterial;
  /**
   * AES-256-GCM under a random nonce: key id (1 byte), nonce, ciphertext, tag. `aad` names what the bytes are and where they
   * lie, so that a sealed piece put in the place of another one does not open.
   */
  seal(bytes: Uint8Array, aad: string): Buffer;
  /** @throws SealBroken when the bytes, their name or the secret are not those of the sealing. */
  open(sealed: Uint8Array, aad: string): Buffer;
  /** HMAC-SHA-256 of a text, its first 128 bits as 32 hex digits: equal texts are found again, nobody else can try texts out. */
  digest(text: string): string;
}

export interface KeyringOptions {
  /** Where `secret.key` lies, or is made on the first start. */
  readonly dataDir?: string;
  /** The master secret, at least 32 bytes; `QUADRA_SECRET` by default. */
  readonly secret?: string | Uint8Array;
}

const tightenMode = (path: string): void => {
  if (process.platform !== 'win32' && statSync(path).mode & 0o077) chmodSync(path, 0o600);
};

/** Made whole under another name and linked into place, so that two first starts at once agree on one secret. */
const createSecretFile = (dir: string, path: string): void => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, `${randomBytes(MIN_SECRET_BYTES).toString('base64')}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    linkSync(draft, path);
  } catch (e) {
    if ((e as NodeJS.ErrnoException).code !== 'EEXIST') throw e;
  } finally {
    rmSync(draft);
  }
};

const secretOfFile = (dir: string): Buffer => {
  const path = join(dir, SECRET_FILE);
  if (!statSync(path, { throwIfNoEntry: false })) createSecretFile(dir, path);
  tightenMode(path);
  return Buffer.from(readFileSync(path, 'utf8').trim());
};

const masterSecret = ({ dataDir, secret = process.env['QUADRA_SECRET'] }: KeyringOptions): Uint8Array => {
  const given = secret === undefined || secret.length === 0 ? undefined : Buffer.from(secret as string);
  if (!given && dataDir === undefined) {
    throw new SecretMissing(
      'Set QUADRA_SECRET to at least 32 random bytes (for example: openssl rand -base64 48), the same on every instance',
    );
  }
  const master = given ?? secretOfFile(dataDir!);
  if (master.length < MIN_SECRET_BYTES) {
    const origin = given ? 'QUADRA_SECRET' : join(dataDir!, SECRET_FILE);
    throw new SecretMissing(`${origin} holds ${master.length} bytes, at least ${MIN_SECRET_BYTES} are needed; restore it from a backup`);
  }
  return master;
};

const derive = (master: Uint8Array, purpose: string): Uint8Array => new Uint8Array(hkdfSync('sha256', master, 'quadra', purpose, 32));

const HMAC_BLOCK = 64;

/**
 * HMAC from two one-shot hashes over prepared buffers: half the cost of `createHmac` for the short texts of an import, which
 * needs one or two a record.
 */
const digester = (key: Uint8Array): ((text: string) => string) => {
  let inner = Buffer.alloc(HMAC_BLOCK + 1024, 0x36);
  const outer = Buffer.alloc(HMAC_BLOCK + 32, 0x5c);
  key.forEach((byte, i) => {
    inner[i] = byte ^ 0x36;
    outer[i] = byte ^ 0x5c;
  });
  return (text) => {
    const room = HMAC_BLOCK + text.length * 3;
    if (room > inner.length) inner = Buffer.concat([inner.subarray(0, HMAC_BLOCK)], room);
    const end = HMAC_BLOCK + inner.write(text, HMAC_BLOCK);
    outer.write(hash('sha256', inner.subarray(0, end), 'hex'), HMAC_BLOCK, 'hex');
    return hash('sha256', outer, 'hex').slice(0, 32);
  };
};

const openSealed = (key: Uint8Array, sealed: Uint8Array, aad: string): Buffer => {
  if (sealed[0] !== KEY_ID || sealed.length < 1 + NONCE_BYTES + TAG_BYTES)
    throw new SealBroken(`${aad} was not sealed with a key of this instance`);
  const end = sealed.length - TAG_BYTES;
  const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(1, 1 + NONCE_BYTES));
  cipher.setAAD(Buffer.from(aad));
  cipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([cipher.update(sealed.subarray(1 + NONCE_BYTES, end)), cipher.final()]);
  } catch {
    throw new SealBroken(`${aad} does not open: it was changed, moved, or sealed with another secret`);
  }
};

/** A keyring from keys that another thread derived. */
export const keyringFrom = (material: KeyringMaterial): Keyring => ({
  material,
  seal: (bytes, aad) => {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', material.seal, nonce);
    cipher.setAAD(Buffer.from(aad));
    return Buffer.concat([Buffer.of(KEY_ID), nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
  },
  open: (sealed, aad) => openSealed(material.seal, sealed, aad),
  digest: digester(material.digest),
});

/**
 * The keys of this instance, derived (HKDF-SHA-256) from one master secret: `QUADRA_SECRET`, else the file `secret.key` of the
 * data directory, made on the first start and readable by its owner alone. Whoever loses it loses the personal data and the
 * original files.
 * @throws SecretMissing when there is none, or it is shorter than 32 bytes.
 */
export const openKeyring = (options: KeyringOptions = {}): Keyring => {
  const master = masterSecret(options);
  return keyringFrom({ seal: derive(master, 'seal/1'), digest: derive(master, 'digest/1') });
};
