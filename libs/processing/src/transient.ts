import { StoreUnavailable, WriterFenced } from '@quadra/event-store';

const CODES = new Set([
  '40001',
  '40P01',
  '57P01',
  '57P02',
  '57P03',
  '08006',
  '08003',
  '08001',
  '53300',
  'ECONNRESET',
  'ECONNREFUSED',
  'EPIPE',
]);

/** Nothing is wrong with the event: the database or the store is away, or this process is no longer the one that writes. */
export const isTransient = (error: unknown): boolean => {
  if (error instanceof StoreUnavailable || error instanceof WriterFenced) return true;
  const code = (error as { code?: string }).code;
  return (
    (code !== undefined && CODES.has(code)) || /terminat|timeout exceeded when trying to connect/i.test(String((error as Error).message))
  );
};
