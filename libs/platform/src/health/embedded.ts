import { prepareBinaries } from '../embedded-postgres/binaries';

/**
 * Whether the programs of the embedded PostgreSQL run here; links between its libraries that are missing are made.
 * @returns the major version. @throws EmbeddedPostgresError with one sentence that says what is wrong.
 */
export const checkEmbeddedBinaries = async (): Promise<number> => (await prepareBinaries(undefined, () => undefined)).major;
