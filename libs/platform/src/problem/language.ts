/** A language of the people who read messages; codes and titles are always English. */
export type Language = 'en' | 'it';

/** Italian when `Accept-Language` ranks it above English, English otherwise. */
export const languageOf = (header: string | undefined): Language => {
  let best: Language = 'en';
  let weight = 0;
  for (const part of (header ?? '').slice(0, 500).split(',')) {
    const [range = '', ...params] = part.split(';').map((piece) => piece.trim().toLowerCase());
    const language = range.split('-', 1)[0];
    const q = params.find((param) => param.startsWith('q='));
    const own = q === undefined ? 1 : Number(q.slice(2));
    if ((language === 'en' || language === 'it') && own > weight) [best, weight] = [language, own];
  }
  return best;
};
