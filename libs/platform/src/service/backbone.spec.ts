import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSettings } from '../config';
import { RECONCILIATION_SETTINGS, ReconciliationSettings } from '../settings';
import { kafkaSettings } from './backbone';
import { withInternalKey } from './keys';

const ENOUGH = {
  DATABASE_URL: 'postgres://u:p@db/quadra',
  EVENTSTORE_URL: 'esdb://store:2113',
  QUADRA_INTERNAL_KEY: 'i'.repeat(40),
  QUADRA_PROJECTION_URL: 'http://projection:3003',
};
const of = (env: Record<string, string>) =>
  kafkaSettings(readSettings(ReconciliationSettings, RECONCILIATION_SETTINGS, { ...ENOUGH, ...env }), 'quadra-test', () => undefined);

describe('the way to Kafka', () => {
  it('is none when no broker is named', () => expect(of({})).toBeUndefined());

  it('is plain by default', () => {
    const { log: _, ...settings } = of({ KAFKA_BROKERS: 'a:9092, b:9093' })!;
    expect(settings).toEqual({ brokers: ['a:9092', 'b:9093'], clientId: 'quadra-test' });
  });

  it('is closed by TLS and a login where these are set', () => {
    const folder = mkdtempSync(join(tmpdir(), 'quadra-kafka-ca-'));
    try {
      writeFileSync(join(folder, 'ca.pem'), 'certificate');
      const login = { KAFKA_SASL_MECHANISM: 'scram-sha-512', KAFKA_SASL_USERNAME: 'quadra', KAFKA_SASL_PASSWORD: 'hidden' };
      expect(of({ KAFKA_BROKERS: 'a:9092', KAFKA_TLS: '1', KAFKA_CA_FILE: join(folder, 'ca.pem'), ...login })).toMatchObject({
        ssl: { ca: 'certificate' },
        sasl: { mechanism: 'scram-sha-512', username: 'quadra', password: 'hidden' },
      });
      expect(of({ KAFKA_BROKERS: 'a:9092', KAFKA_TLS: '1' })).toMatchObject({ ssl: true });
      expect(() => of({ KAFKA_BROKERS: 'a:9092', KAFKA_TLS: '1', KAFKA_CA_FILE: join(folder, 'other.pem') })).toThrow('other.pem');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the key that services show each other', () => {
  const keys = withInternalKey(
    { authenticate: (token) => Promise.resolve(token === 'other' ? ({ keyId: 'x' } as never) : undefined) },
    'i'.repeat(40),
  );

  it('is believed beside the keys of the installation, and nothing like it', async () => {
    expect(await keys.authenticate('i'.repeat(40))).toMatchObject({ keyId: 'internal', roles: ['system-admin'] });
    expect(await keys.authenticate('other')).toMatchObject({ keyId: 'x' });
    expect(await keys.authenticate('i'.repeat(39))).toBeUndefined();
  });
});
