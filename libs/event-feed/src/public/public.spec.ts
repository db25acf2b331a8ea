import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { CloudEvent } from 'cloudevents';
import { parse, stringify } from 'yaml';
import type { StoredPublicEvent } from '.';
import {
  PUBLIC_EVENTS,
  PUBLIC_EVENT_TYPES,
  PUBLIC_TOPICS,
  PublicEventInvalid,
  assertPublicEvent,
  asyncApiDocument,
  cloudEventJson,
  outgoing,
  publicEventId,
} from '.';

const REFERENCE = resolve(__dirname, '../../../../docs/reference/asyncapi.yaml');
const ORG = '00000000011';

const voided = { org: ORG, fileId: 'f_1' };
const stored: StoredPublicEvent = {
  seq: 7n,
  type: 'it.quadra.file.voided.v1',
  org: ORG,
  subject: `${ORG}/files/f_1`,
  sequence: 2,
  position: '123456',
  time: '2026-11-25T06:12:09.000Z',
  correction: true,
  data: JSON.stringify(voided),
};

describe('a public event', () => {
  it('is a CloudEvent that the library of the standard accepts, with data, sequence, organization and position', () => {
    const json = JSON.parse(cloudEventJson(stored)) as Record<string, unknown>;
    const event = new CloudEvent(json);
    expect(event.validate()).toBe(true);
    expect(json).toEqual({
      specversion: '1.0',
      id: publicEventId(stored),
      source: `/orgs/${ORG}`,
      type: 'it.quadra.file.voided.v1',
      subject: `${ORG}/files/f_1`,
      time: '2026-11-25T06:12:09.000Z',
      datacontenttype: 'application/json',
      dataschema: 'urn:quadra:schema:it.quadra.file.voided.v1',
      sequence: '2',
      organization: ORG,
      position: '123456',
      correction: true,
      data: voided,
    });
  });

  it('names the rules that concluded it, where rules did', () => {
    expect(JSON.parse(cloudEventJson({ ...stored, ruleSet: 'base-1' }))).toMatchObject({ ruleset: 'base-1' });
  });

  it('has an id that follows from subject, position and type alone: UUID version 5', () => {
    const event = { subject: 'a', sequence: 1, position: '1', type: stored.type };
    const id = publicEventId(event);
    expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(publicEventId({ ...stored, ...event })).toBe(id);
    const others = [
      { ...event, subject: 'b' },
      { ...event, position: '2' },
      { ...event, type: 'it.quadra.file.rejected.v1' as const },
    ].map(publicEventId);
    expect(new Set([id, ...others]).size).toBe(4);
  });

  it.each([
    'it.quadra.transfer.discrepancy-opened.v1',
    'it.quadra.transfer.discrepancy-closed.v1',
    'it.quadra.duplicate.found.v1',
  ] as const)('has the sequence in its id too where one change may tell several: %s', (type) => {
    const ids = [1, 2].map((sequence) => publicEventId({ subject: 'a', sequence, position: '1', type }));
    expect(new Set(ids).size).toBe(2);
  });

  it('goes to the topic of its kind under the key of its organization', () => {
    expect(outgoing(stored)).toMatchObject({ topic: 'quadra.reconciliation.v1', key: ORG, type: stored.type });
    expect(new Set(PUBLIC_EVENT_TYPES.map((type) => PUBLIC_EVENTS[type].channel))).toEqual(new Set(Object.keys(PUBLIC_TOPICS)));
  });
});

describe('the contract of a public event', () => {
  it('accepts what its schema names', () => {
    expect(() => assertPublicEvent('it.quadra.file.voided.v1', voided)).not.toThrow();
  });

  it.each<[string, object]>([
    ['a field that is missing', { org: ORG }],
    ['a field that no schema names', { ...voided, debtor: 'RSSMRA80A01H501U' }],
    ['a value of another type', { ...voided, fileId: 7 }],
    ['a fiscal code that is none', { ...voided, org: '1' }],
  ])('refuses %s', (_, data) => {
    expect(() => assertPublicEvent('it.quadra.file.voided.v1', data)).toThrow(PublicEventInvalid);
  });

  it('refuses half cents and days that are none', () => {
    const reversed = { org: ORG, creditId: 'c', on: '2026-11-25', amountCents: 100, totalReversedCents: 100, netCents: 0 };
    expect(() => assertPublicEvent('it.quadra.credit.reversed.v1', reversed)).not.toThrow();
    expect(() => assertPublicEvent('it.quadra.credit.reversed.v1', { ...reversed, netCents: 0.5 })).toThrow('/netCents');
    expect(() => assertPublicEvent('it.quadra.credit.reversed.v1', { ...reversed, on: '2026-25-11' })).toThrow('/on');
  });

  it('tells what is wrong without repeating a value, which could be personal', () => {
    const refusal = () => assertPublicEvent('it.quadra.file.voided.v1', { ...voided, org: 'Maria Rossi' });
    expect(refusal).toThrow('/org must match pattern');
    expect(refusal).not.toThrow('Maria');
  });

  it('names no field for a person, a name, a tax code of a debtor or a free text of the bank', () => {
    const names = new Set<string>();
    JSON.stringify(asyncApiDocument(), (key, value: unknown) => (names.add(key.toLowerCase()), value));
    for (const personal of ['debtor', 'payer', 'fullname', 'email', 'remittance', 'remittanceinformation', 'personalref', 'reason'])
      expect(names).not.toContain(personal);
  });
});

describe('the AsyncAPI document', () => {
  it('is accepted by the parser of AsyncAPI, without a complaint', async () => {
    const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApiDocument()));
    // Severity 2 is a hint: the parser knows a version that is newer than 3.0.
    const complaints = diagnostics.filter((d) => Number(d.severity) < 2);
    expect(complaints.map((d) => `${d.code} ${d.path.join('.')}: ${d.message}`)).toEqual([]);
    expect(document?.messages().all().length).toBe(PUBLIC_EVENT_TYPES.length);
    expect(
      document
        ?.channels()
        .all()
        .map((c) => c.address())
        .sort(),
    ).toEqual(Object.values(PUBLIC_TOPICS).sort());
  }, 180_000);

  it('stands in docs/reference/asyncapi.yaml as the code has it (UPDATE_DOCS=1 writes it)', () => {
    // Quotes what YAML 1.1 takes for something else than a text: `on` would be a boolean to most readers.
    const options = { aliasDuplicateObjects: false, compat: 'yaml-1.1' } as const;
    if (process.env['UPDATE_DOCS']) writeFileSync(REFERENCE, stringify(asyncApiDocument(), options));
    for (const version of ['1.2', '1.1'] as const) expect(parse(readFileSync(REFERENCE, 'utf8'), { version })).toEqual(asyncApiDocument());
  });
});
