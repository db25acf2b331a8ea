import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createHmac } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { SealBroken, SecretMissing, keyringFrom, openKeyring } from './keyring';

const SECRET = 'a secret of more than thirty-two bytes, for tests';

describe('the keyring', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'quadra-keyring-'));
  });
  afterEach(() => rmSync(dir, { recursive: true }));

  it('opens what it sealed, under the name it was sealed for', () => {
    const keyring = openKeyring({ secret: SECRET });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string(), (bytes, aad) => {
        expect(keyring.open(keyring.seal(bytes, aad), aad)).toEqual(Buffer.from(bytes));
      }),
    );
  });

  it('never opens a piece that was changed in any byte, or put in the place of another', () => {
    const keyring = openKeyring({ secret: SECRET });
    const sealed = keyring.seal(Buffer.from('IT60X0542811101000000123456'), 'blob/1/0');
    for (let i = 0; i < sealed.length; i++) {
      const changed = Buffer.from(sealed);
      changed[i]! ^= 1;
      expect(() => keyring.open(changed, 'blob/1/0')).toThrow(SealBroken);
    }
    expect(() => keyring.open(sealed, 'blob/1/1')).toThrow(SealBroken);
    expect(() => keyring.open(sealed.subarray(0, 10), 'blob/1/0')).toThrow(SealBroken);
    expect(() => openKeyring({ secret: `${SECRET}!` }).open(sealed, 'blob/1/0')).toThrow(SealBroken);
  });

  it('seals the same bytes differently each time', () => {
    const keyring = openKeyring({ secret: SECRET });
    expect(keyring.seal(Buffer.from('x'), 'a')).not.toEqual(keyring.seal(Buffer.from('x'), 'a'));
  });

  it('makes digests that are the HMAC-SHA-256 of the text, whatever its length and alphabet', () => {
    const keyring = openKeyring({ secret: SECRET });
    const reference = (text: string) => createHmac('sha256', keyring.material.digest).update(text).digest('hex').slice(0, 32);
    const texts = fc.string({ unit: 'binary', maxLength: 3000 });
    fc.assert(fc.property(texts, (text) => expect(keyring.digest(text)).toBe(reference(text))));
    expect(keyring.digest('ù'.repeat(50_000))).toBe(reference('ù'.repeat(50_000)));
  });

  it('is the same in a worker that got only the derived keys', () => {
    const keyring = openKeyring({ secret: SECRET });
    const copy = keyringFrom(keyring.material);
    expect(copy.digest('RSSMRA80A01H501U')).toBe(keyring.digest('RSSMRA80A01H501U'));
    expect(copy.open(keyring.seal(Buffer.from('x'), 'a'), 'a').toString()).toBe('x');
  });

  it('keeps a secret of its own in the data directory, for its owner alone, and finds it again', () => {
    const first = openKeyring({ dataDir: join(dir, 'data'), secret: '' });
    const file = join(dir, 'data', 'secret.key');
    expect(readdirSync(join(dir, 'data'))).toEqual(['secret.key']);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(file, 'utf8'), 'base64')).toHaveLength(32);
    chmodSync(file, 0o644);
    expect(openKeyring({ dataDir: join(dir, 'data'), secret: '' }).digest('x')).toBe(first.digest('x'));
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('says in a sentence that a secret is missing or too short', () => {
    expect(() => openKeyring({ secret: '' })).toThrow(/QUADRA_SECRET/);
    expect(() => openKeyring({ secret: 'short' })).toThrow(SecretMissing);
    writeFileSync(join(dir, 'secret.key'), '');
    expect(() => openKeyring({ dataDir: dir, secret: '' })).toThrow(/restore it from a backup/);
  });
});
