type Language = 'it' | 'en';

/** What officers read: terms of the field; codes stay as they are. */
const WORDS = {
  report: { en: 'Reconciliation of', it: 'Riconciliazione di' },
  all: { en: 'all organizations', it: 'tutti gli enti' },
  from: { en: 'from', it: 'dal' },
  to: { en: 'to', it: 'al' },
  transfers: { en: 'transfers', it: 'trasferimenti' },
  amount: { en: 'euro', it: 'euro' },
  movement: { en: 'movement', it: 'movimento' },
  opening: { en: 'opening', it: 'apertura' },
  in: { en: '+ in', it: '+ entrati' },
  out: { en: '- out', it: '- usciti' },
  closing: { en: '= closing', it: '= chiusura' },
  recorded: { en: 'recorded', it: 'registrati' },
  state: { en: 'state', it: 'stato' },
  lane: { en: 'lane', it: 'corsia' },
  discrepancy: { en: 'discrepancy', it: 'discordanza' },
  none: { en: 'none', it: 'nessuna' },
  brokenCheck: { en: 'DOES NOT TIE', it: 'NON QUADRA' },
  ties: { en: 'The figures tie.', it: 'Le cifre quadrano.' },
  asOf: { en: 'as known on', it: 'come noto il' },
  position: { en: 'position', it: 'posizione' },
  ruleSet: { en: 'rule set', it: 'regole' },
  covered: { en: 'covered', it: 'copertura' },
  missingDays: { en: 'bank days missing', it: 'giorni bancari mancanti' },
  due: { en: 'due', it: 'scadenza' },
  paid: { en: 'paid', it: 'pagato' },
  flow: { en: 'flow', it: 'flusso' },
  issuer: { en: 'issuer', it: 'ente emittente' },
  examples: { en: 'Examples of discrepancies', it: 'Esempi di discordanze' },
  time: { en: 'Where the time went', it: 'Tempi' },
} as const satisfies Record<string, Record<Language, string>>;

const STATES: Readonly<Record<string, string>> = {
  notified: 'notificato',
  paid: 'pagato',
  provisional: 'provvisorio',
  reported: 'rendicontato',
  credited: 'accreditato',
  revoked: 'revocato',
  withdrawn: 'ritirato',
  excluded: 'escluso',
};

const LANES: Readonly<Record<string, string>> = {
  ok: 'a posto',
  inTerms: 'nei termini',
  late: 'in ritardo',
  wrong: 'errato',
  ownFault: 'causa dell’ente',
  notVerifiable: 'non verificabile',
};

export type Word = keyof typeof WORDS;

export const word = (key: Word, language: Language): string => WORDS[key][language];

/** A state or lane with its Italian name beside the code. */
export const named = (code: string, language: Language): string => {
  const italian = STATES[code] ?? LANES[code];
  return language === 'it' && italian !== undefined ? `${italian} (${code})` : code;
};
