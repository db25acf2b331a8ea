import { hash } from 'node:crypto';

/**
 * The namespace of Quadra's event ids (RFC 9562, version 5): 71756164-7261-2065-7665-6e7420696473, never to be changed. Its 16 bytes
 * are ASCII, so that namespace and name are hashed as one text.
 */
const NAMESPACE = 'quadra event ids';
const VARIANT = '89ab';

/**
 * The id of an event: UUIDv5 of its stream, the command that produced it and its index in the append. The same decision
 * written twice therefore carries the same ids, and a store can tell a repeated append from a conflict.
 */
export const eventId = (stream: string, commandId: string, index: number): string => {
  const h = hash('sha1', `${NAMESPACE}${stream}\n${commandId}\n${index}`, 'hex');
  const variant = VARIANT[parseInt(h.charAt(16), 16) & 3];
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-5${h.slice(13, 16)}-${variant}${h.slice(17, 20)}-${h.slice(20, 32)}`;
};
