/** Invented names: no body, bank or person of this kind is meant. */

const FRONT = ['Borgo', 'Castel', 'Monte', 'Val', 'Rocca', 'Ponte', 'Colle', 'Torre', 'Pieve', 'Serra', 'Fonte', 'Villa'];
const BACK = ['finto', 'quadro', 'lumera', 'verzino', 'ardito', 'sambrino', 'ocrida', 'melfredo', 'tignasco', 'orsello'];

/** A place that is on no map; different for each index up to 120, then numbered. */
export const placeName = (index: number): string => {
  const front = FRONT[index % FRONT.length] as string;
  const back = BACK[Math.floor(index / FRONT.length + index) % BACK.length] as string;
  const round = Math.floor(index / (FRONT.length * BACK.length));
  return round === 0 ? `${front}${back}` : `${front}${back} ${round + 1}`;
};

export const LAST_NAMES = [
  'Abrandi',
  'Belcorsi',
  'Cantaluppo',
  'Dormesan',
  'Ebranti',
  'Falzirolo',
  'Gherandi',
  'Lovisatti',
  'Merigando',
  'Noventini',
  'Orvesan',
  'Pralungo',
  'Quartesi',
  'Rondavalle',
  'Sbrizzolo',
  "D'Alviero",
  'Tramarin',
  'Ubertazzi',
  'Vallefuoco',
  'Zorzanello',
  'Nardò',
] as const;

export const FIRST_NAMES = [
  'Adele',
  'Bruno',
  'Carla',
  'Dario',
  'Elena',
  'Fabio',
  'Gaia',
  'Ivo',
  'Lidia',
  'Marco',
  'Nadia',
  'Oreste',
  'Paola',
  'Quinto',
  'Rita',
  'Sergio',
  'Teresa',
  'Ugo',
  'Vera',
  'Niccolò',
  'Zoe',
] as const;

export const STREETS = [
  'Via dei Tigli',
  'Via del Mulino',
  'Corso delle Stelle',
  'Piazza del Pozzo',
  'Viale dei Pioppi',
  "Vicolo dell'Orto",
] as const;

/** What is paid: due type (*tipo dovuto*), taxonomy code, text, and the range of amounts in cents. */
export interface Due {
  readonly type: string;
  readonly category: string;
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

export const TARI: Due = { type: 'TARI', category: '0101101IM', text: 'Tassa rifiuti', from: 4_000, to: 60_000 };

export const DUES: readonly Due[] = [
  TARI,
  { type: 'MENSA', category: '0101004SP', text: 'Mensa scolastica', from: 450, to: 16_000 },
  { type: 'CDS', category: '0101020AP', text: 'Violazione codice della strada', from: 2_940, to: 34_000 },
  { type: 'DIRITTI', category: '0101011SP', text: 'Diritti di segreteria', from: 52, to: 2_500 },
  { type: 'COSAP', category: '0101008IM', text: 'Canone unico patrimoniale', from: 3_000, to: 250_000 },
  { type: 'ASILO', category: '0101003SP', text: 'Retta asilo nido', from: 9_000, to: 52_000 },
  { type: 'LUCI', category: '0101013SP', text: 'Luci votive & servizi cimiteriali', from: 1_200, to: 4_800 },
  { type: 'ONERI', category: '0101012AP', text: 'Oneri di urbanizzazione', from: 30_000, to: 1_900_000 },
];
