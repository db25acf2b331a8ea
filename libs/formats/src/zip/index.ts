import type { Source } from '../intake';
import { windowed } from '../source';
import { zipEntries } from './directory';
import { entrySource } from './entry';
import { ZIP_LIMITS, type ZipLimits } from './limits';

export { ZIP_LIMITS, type ZipLimits } from './limits';

/**
 * The documents of a zip, in the order of their names, each a source of its own; folders and `__MACOSX` are left out.
 * @throws FormatError `ZIP_TOO_MANY_ENTRIES`, `ZIP_BOMB` (size, ratio, overlap), `ZIP_ENTRY_NAME`, `ZIP_ENCRYPTED`,
 * `ZIP_BROKEN`
 */
export const openZip = async (source: Source, limits: ZipLimits = ZIP_LIMITS): Promise<Source[]> => {
  const zip = windowed(source);
  return (await zipEntries(zip, limits)).map((entry) => entrySource(zip, entry));
};
