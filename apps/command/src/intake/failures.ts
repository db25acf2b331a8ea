import { StoreUnavailable, WriterFenced } from '@quadra/event-store';
import { BlobUnavailable } from './errors';

/** SQLSTATE classes that say that the server is away or overloaded: connection, resources, operator, retryable transaction. */
const AWAY = /^(08|53|57|40)/;
const NETWORK = /^(E[A-Z]+)$/;
const CUT = /connection|terminat|timeout/i;

/** A failure that says nothing about the file: it goes away by itself, so the import waits and begins anew. */
export const isTransient = (e: unknown): boolean => {
  if (e instanceof StoreUnavailable || e instanceof WriterFenced || e instanceof BlobUnavailable) return true;
  if (!(e instanceof Error)) return false;
  const { code } = e as { code?: unknown };
  if (typeof code === 'string') return AWAY.test(code) || NETWORK.test(code);
  return CUT.test(e.message);
};
