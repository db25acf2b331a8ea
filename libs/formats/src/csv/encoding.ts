import { FormatError, type Source } from '../intake';
import { type BomMatch, bomOf, decoderFor } from '../text/decoder';
import { headOf } from '../source';

/** UTF-8 where all of the text is valid UTF-8 (or a byte order mark says so), else windows-1252, which old exports use. */
export const csvEncoding = async (source: Source): Promise<BomMatch> => {
  const bom = bomOf(await headOf(source, 3));
  if (bom !== undefined) return bom;
  const decoder = decoderFor('utf-8');
  try {
    for await (const bytes of source.open()) decoder.decode(bytes);
    decoder.end();
    return { encoding: 'utf-8', length: 0 };
  } catch (error) {
    if (!(error instanceof FormatError) || error.code !== 'ENCODING') throw error;
    return { encoding: 'windows-1252', length: 0 };
  }
};
