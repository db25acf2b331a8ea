import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { SettingDescription } from '../config';
import { OTHER_VARIABLES, SETTINGS, SettingsError, readSettings } from '../config';
import { COMMAND_SETTINGS, CommandSettings, PROJECTION_SETTINGS, ProjectionSettings, RECONCILIATION_SETTINGS } from '.';

const PAGE = readFileSync(join(resolve(__dirname, '../../../..'), 'docs/reference/settings.md'), 'utf8');

/** The rows of the table under a heading: variable → [what it means, default]. */
const rowsUnder = (heading: string): Map<string, [string, string]> => {
  const section = PAGE.split(/^## /m).find((part) => part.startsWith(heading)) ?? '';
  const rows = [...section.matchAll(/^\| `(\w+)`[^|]*\| ([^|]*?) *\| ([^|]*?) *\|/gm)];
  return new Map(rows.map(([, name, means, byDefault]) => [name!, [means!, byDefault!]]));
};

type Described = Pick<SettingDescription, 'env' | 'means' | 'byDefault' | 'secret'>;
const described = (list: readonly Described[]): Map<string, [string, string]> =>
  new Map(
    list.map(({ env, means, byDefault, secret }) => [env, [`${means}${secret ? ' (secret)' : ''}`, byDefault && `\`${byDefault}\``]]),
  );

const COMMON = new Set(RECONCILIATION_SETTINGS.map(({ env }) => env).filter((env) => COMMAND_SETTINGS.some((s) => s.env === env)));
const own = (list: readonly Described[]): Described[] => list.filter(({ env }) => !COMMON.has(env));

const ENOUGH = {
  DATABASE_URL: 'postgres://u:p@db/quadra',
  EVENTSTORE_URL: 'esdb://store:2113',
  QUADRA_INTERNAL_KEY: 'i'.repeat(40),
};

describe('the settings', () => {
  it.each([
    ['One process', SETTINGS],
    ['All services', RECONCILIATION_SETTINGS.filter(({ env }) => COMMON.has(env) && env !== 'QUADRA_PORT')],
    ['The command service', own(COMMAND_SETTINGS)],
    ['The reconciliation service', own(RECONCILIATION_SETTINGS)],
    ['The projection service', own(PROJECTION_SETTINGS)],
  ] as [string, readonly Described[]][])('stand all in the reference, as the program knows them: %s', (heading, list) => {
    expect(rowsUnder(heading)).toEqual(described(list));
  });

  it('that are read elsewhere stand there too', () => {
    expect([...rowsUnder('Read elsewhere').keys()].sort()).toEqual(Object.keys(OTHER_VARIABLES).sort());
  });

  it('of a service are enough with a database, an event store and the key of the services', () => {
    const settings = readSettings(CommandSettings, COMMAND_SETTINGS, ENOUGH);
    expect(settings).toMatchObject({ port: 3001, partitions: 24, kafkaBrokers: [], kafkaTls: false, eventsTopic: 'quadra.events.v1' });
  });

  it('that are wrong are all named at once, and no secret is shown', () => {
    const wrong = {
      ...ENOUGH,
      EVENTSTORE_URL: 'https://hidden:password@store',
      DATABASE_URL: '',
      QUADRA_PORT: '99999',
      KAFKA_BROKERS: 'kafka:9092, no port',
      KAFKA_TLS: 'yes',
      KAFKA_SASL_MECHANISM: 'plain',
      QUADRA_RECONCILIATION_URL: 'http://reconciliation:3002',
    };
    let message = '';
    try {
      readSettings(ProjectionSettings, PROJECTION_SETTINGS, wrong);
    } catch (error) {
      expect(error).toBeInstanceOf(SettingsError);
      message = (error as Error).message;
    }
    for (const name of [
      'EVENTSTORE_URL: its value is not valid',
      'DATABASE_URL: it is missing',
      'QUADRA_PORT: "99999" is not valid',
      'KAFKA_BROKERS',
      'KAFKA_TLS: "yes" is not valid',
      'KAFKA_SASL_USERNAME: it is missing',
      'KAFKA_SASL_PASSWORD: it is missing',
      'QUADRA_COMMAND_URL: it is missing',
    ]) {
      expect(message).toContain(name);
    }
    expect(message).not.toMatch(/hidden|password@/);
    expect(message).not.toContain('QUADRA_RECONCILIATION_URL');
  });
});
