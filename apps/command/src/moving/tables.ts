import type { ClientBase, Pool } from 'pg';
import { to as copyTo } from 'pg-copy-streams';
import { CopyWrite } from '@quadra/processing';
import type { Piece, TablePart } from './manifest';
import { PIECE_BYTES, pieceName, readPiece, writePiece } from './pieces';

export interface MovedTable {
  readonly table: string;
  readonly columns: readonly string[];
  /** What a person calls its rows. */
  readonly rows: string;
  /** Leaves out what is not finished. */
  readonly where?: string;
  /** Tells a row of data from one that is always there. */
  readonly holds?: string;
  /**
   * Follows the log, and must not be ahead of it in a backup: what it lacks is done after the restore, what it had done already would
   * never be.
   */
  readonly follows?: true;
}

const P = 'public_events';

/** What the public was told, and who listens: told once, it is not told again. */
const PUBLIC_EVENTS: readonly MovedTable[] = [
  { table: `${P}.head`, columns: ['seq', 'swept'], rows: 'numbers of public events', holds: 'seq > 0', follows: true },
  {
    table: `${P}.outbox`,
    columns: ['seq', 'org', 'type', 'subject', 'sequence', 'position', 'at', 'rule_set', 'correction', 'data', 'written_at'],
    rows: 'public events',
    follows: true,
  },
  { table: `${P}.subject`, columns: ['subject', 'sequence'], rows: 'subjects of public events', follows: true },
  { table: `${P}.mark`, columns: ['teller', 'org', 'position'], rows: 'marks of public events', follows: true },
  { table: `${P}.flow`, columns: ['org', 'flow_key', 'doc'], rows: 'flows told of', follows: true },
  { table: `${P}.credit`, columns: ['org', 'credit_id', 'doc'], rows: 'credits told of', follows: true },
  { table: `${P}.cursor`, columns: ['name', 'seq'], rows: 'readers of public events', follows: true },
  {
    table: `${P}.webhook`,
    columns: [
      ...['id', 'url', 'description', 'organizations', 'types', 'status', 'reason', 'seq'],
      ...['secret', 'previous_secret', 'previous_until', 'created_by', 'created_at'],
    ],
    rows: 'webhooks',
    follows: true,
  },
];

/**
 * What an instance keeps beside its log. Queues, read models and checkpoints are missing: they are made again from the events.
 * A table that this instance does not have is passed over.
 */
export const MOVED_TABLES: readonly MovedTable[] = [
  { table: 'command.personal_batch', columns: ['ref', 'org', 'sealed'], rows: 'batches of personal data' },
  { table: 'command.blob', columns: ['sha256', 'upload', 'bytes', 'chunk_size'], rows: 'original files' },
  {
    table: 'command.blob_chunk',
    columns: ['upload', 'seq', 'bytes'],
    rows: 'pieces of original files',
    where: 'upload in (select upload from command.blob)',
  },
  {
    table: 'command.file_reject',
    columns: ['org', 'file_id', 'seq', 'entry', 'line', 'field', 'code', 'message'],
    rows: 'rejected records',
  },
  {
    table: 'platform.api_key',
    columns: ['id', 'hash', 'name', 'roles', 'organizations', 'created_at', 'revoked_at', 'last_used_at'],
    rows: 'API keys',
  },
  ...PUBLIC_EVENTS,
];

export const tableExists = async (db: Pool | ClientBase, table: string): Promise<boolean> => {
  const { rows } = await db.query('select to_regclass($1) is not null as found', [table]);
  return rows[0].found;
};

/** Where the tables are: those of the platform may lie in a database of their own. */
export interface Databases {
  readonly pool: Pool;
  readonly platformPool?: Pool;
}

/** The databases, each with the tables that lie in it. */
export const byDatabase = <T extends { readonly table: string }>(
  { pool, platformPool = pool }: Databases,
  tables: readonly T[],
): [Pool, T[]][] => {
  const isPlatform = ({ table }: T): boolean => table.startsWith('platform.');
  return [
    [platformPool, tables.filter(isPlatform)],
    [pool, tables.filter((table) => !isPlatform(table))],
  ];
};

/** Writes tables as they stand at one moment, each in PostgreSQL's COPY text format, which every major version reads. */
export const dumpTables = async (
  databases: Databases,
  moved: readonly MovedTable[],
  folder: string,
  onTable: (table: string) => void,
): Promise<TablePart[]> => {
  const parts: TablePart[] = [];
  for (const [pool, tables] of byDatabase(databases, moved)) parts.push(...(await dumpFrom(pool, tables, folder, onTable)));
  return parts;
};

const dumpFrom = async (
  pool: Pool,
  tables: readonly MovedTable[],
  folder: string,
  onTable: (table: string) => void,
): Promise<TablePart[]> => {
  const client = await pool.connect();
  try {
    await client.query('begin isolation level repeatable read read only');
    const parts: TablePart[] = [];
    for (const moved of tables) {
      if (!(await tableExists(client, moved.table))) continue;
      onTable(moved.table);
      parts.push({ table: moved.table, columns: moved.columns, pieces: await dumpTable(client, folder, moved) });
    }
    return parts;
  } finally {
    await client.query('rollback').catch(() => undefined);
    client.release();
  }
};

const dumpTable = async (client: ClientBase, folder: string, { table, columns, where = 'true' }: MovedTable): Promise<Piece[]> => {
  const rows = client.query(copyTo(`copy (select ${columns.join(', ')} from ${table} where ${where}) to stdout`));
  const pieces: Piece[] = [];
  let parts: Buffer[] = [];
  let size = 0;
  const flush = async (): Promise<void> => {
    if (size === 0) return;
    pieces.push(await writePiece(folder, pieceName(table, pieces.length + 1, 'copy'), parts));
    [parts, size] = [[], 0];
  };
  for await (const bytes of rows as AsyncIterable<Buffer>) {
    parts.push(Buffer.from(bytes)); // the driver uses its buffer again
    size += bytes.length;
    if (size >= PIECE_BYTES) await flush();
  }
  await flush();
  return pieces;
};

/** Fills the tables in the caller's transaction, in place of whatever an interrupted restore left in them. */
export const fillTables = async (
  tx: ClientBase,
  folder: string,
  parts: readonly TablePart[],
  onTable: (table: string) => void,
): Promise<void> => {
  for (const { table, columns, pieces } of parts) {
    await tx.query(`delete from ${table}`);
    if (pieces.length === 0) continue;
    onTable(table);
    await tx.query(new CopyWrite(`copy ${table} (${columns.join(', ')}) from stdin`, contents(folder, pieces))).done;
  }
};

async function* contents(folder: string, pieces: readonly Piece[]): AsyncGenerator<Buffer> {
  for (const piece of pieces) yield await readPiece(folder, piece);
}
