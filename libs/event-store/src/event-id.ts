import { hash } from 'node:crypto';

/** The namespace of Quadra's event ids (RFC 9562, version 5): any fixed UUID, never to be changed. */
const NAMESPACE = Buffer.from('7b1f6c0e5a5e4d0e9c5b3f1d2a64e871', 'hex');
const VARIANT = ['8', '9', 'a', 'b'];

let scratch = Buffer.alloc(4096);
NAMESPACE.copy(scratch);

const nameBytes = (name: string): Buffer => {
  if (16 + name.length * 3 > scratch.length) {
    scratch = Buffer.alloc(16 + name.length * 3);
    NAMESPACE.copy(scratch);
  }
  return scratch.subarray(0, 16 + scratch.write(name, 16, 'utf8'));
};

/**
 * The id of an event: UUIDv5 of its stream, the command that produced it and its index in the append. The same decision
 * written twice therefore carries the same ids, and a store can tell a repeated append from a conflict.
 */
export const eventId = (stream: string, commandId: string, index: number): string => {
  const h = hash('sha1', nameBytes(`${stream}\n${commandId}\n${index}`), 'hex');
  const variant = VARIANT[parseInt(h.charAt(16), 16) & 3];
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-5${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20, 32)}`;
};
