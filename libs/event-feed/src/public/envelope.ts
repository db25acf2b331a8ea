import { hash } from 'node:crypto';
import type { PublicEventType } from './catalogue';

/** A public event as it lies in the outbox: everything that the envelope needs, and the data as text. */
export interface StoredPublicEvent {
  /** Place in the one order in which all readers see events. */
  readonly seq: bigint;
  readonly type: PublicEventType;
  readonly org: string;
  readonly subject: string;
  /** 1, 2, 3 … for each subject, without a gap. */
  readonly sequence: number;
  /** Of the internal event that caused it. */
  readonly position: string;
  /** When that event was recorded, RFC 3339 in UTC. */
  readonly time: string;
  /** Version of the rules that concluded it; absent for facts. */
  readonly ruleSet?: string;
  /** It takes back, in whole or in part, what an earlier event of this subject said. */
  readonly correction: boolean;
  /** JSON. */
  readonly data: string;
}

/** Namespace of the ids of public events (RFC 9562, version 5): 71756164-7261-2070-7562-6c6963206576, never to be changed. */
const NAMESPACE = 'quadra public ev';
const VARIANT = '89ab';

type Identified = Pick<StoredPublicEvent, 'subject' | 'sequence' | 'position' | 'type'>;

/** One recorded event may cause several of these about one subject: only their sequence tells them apart. */
const SEVERAL: ReadonlySet<PublicEventType> = new Set<PublicEventType>([
  'it.quadra.transfer.discrepancy-opened.v1',
  'it.quadra.transfer.discrepancy-closed.v1',
  'it.quadra.duplicate.found.v1',
]);

/** The id of a public event: the same change has the same id, however often it is delivered. */
export const publicEventId = ({ subject, sequence, position, type }: Identified): string => {
  const which = SEVERAL.has(type) ? `\n${sequence}` : '';
  const h = hash('sha1', `${NAMESPACE}${subject}\n${position}\n${type}${which}`, 'hex');
  const variant = VARIANT[parseInt(h.charAt(16), 16) & 3];
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-5${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20, 32)}`;
};

/** The name of the schema of `data`. */
export const dataSchemaOf = (type: PublicEventType): string => `urn:quadra:schema:${type}`;

/** The event as CloudEvents 1.0 in JSON (structured mode). The data are passed on as they were stored, not parsed again. */
export const cloudEventJson = (e: StoredPublicEvent): string => {
  const attributes = JSON.stringify({
    specversion: '1.0',
    id: publicEventId(e),
    source: `/orgs/${e.org}`,
    type: e.type,
    subject: e.subject,
    time: e.time,
    datacontenttype: 'application/json',
    dataschema: dataSchemaOf(e.type),
    sequence: String(e.sequence),
    organization: e.org,
    position: e.position,
    ruleset: e.ruleSet,
    correction: e.correction,
  });
  return `${attributes.slice(0, -1)},"data":${e.data}}`;
};
