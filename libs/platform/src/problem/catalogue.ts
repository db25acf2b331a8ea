import type { Language } from './language';

export type ProblemParams = Readonly<Record<string, string | number>>;

interface Entry {
  readonly status: number;
  readonly title: string;
  readonly en: string;
  readonly it: string;
}

/**
 * Every refusal that the HTTP interface can give. The key is the stable `code`; `{name}` in a text is a parameter. The title
 * says what kind of problem it is, the detail says what happened this time (RFC 9457).
 */
export const PROBLEMS = {
  MALFORMED_REQUEST: {
    status: 400,
    title: 'The request cannot be read',
    en: 'The request cannot be read: {reason}.',
    it: 'La richiesta non è leggibile: {reason}.',
  },
  MALFORMED_JSON: {
    status: 400,
    title: 'The body is not JSON',
    en: 'The body of the request is not a JSON document.',
    it: 'Il corpo della richiesta non è un documento JSON.',
  },
  INVALID_CHARACTER: {
    status: 400,
    title: 'A text holds a character that cannot be stored',
    en: 'The request holds the character U+0000 or half of a character, which no text may hold.',
    it: 'La richiesta contiene il carattere U+0000 o un carattere incompleto, non ammessi in alcun testo.',
  },
  VALIDATION_FAILED: {
    status: 400,
    title: 'A value is not what the field takes',
    en: 'Some values of the request are not valid: {fields}.',
    it: 'Alcuni valori della richiesta non sono validi: {fields}.',
  },
  INVALID_CURSOR: {
    status: 400,
    title: 'The cursor is not one of this list',
    en: 'The cursor does not belong to this list: start again without one.',
    it: 'Il cursore non appartiene a questo elenco: ricominciare senza cursore.',
  },
  INVALID_POSITION: {
    status: 400,
    title: 'The position is not one of this instance',
    en: 'The position in `after` was never given by this instance.',
    it: 'La posizione in `after` non è mai stata fornita da questa istanza.',
  },
  FILE_MISSING: {
    status: 400,
    title: 'The form has no file',
    en: 'The form needs exactly one file, in the field `file`.',
    it: 'Il modulo deve contenere un solo file, nel campo `file`.',
  },
  FILE_EMPTY: { status: 400, title: 'The file is empty', en: 'The file holds no byte.', it: 'Il file è vuoto.' },
  FORMAT_UNKNOWN: {
    status: 400,
    title: 'The format is not one that is read',
    en: 'The format is not known. Known are: {known}.',
    it: 'Il formato non è riconosciuto. Formati riconosciuti: {known}.',
  },
  FORMAT_AFTER_FILE: {
    status: 400,
    title: 'A field of the form comes too late',
    en: 'In the form the field `format` must stand before the field `file`.',
    it: 'Nel modulo il campo `format` deve precedere il campo `file`.',
  },
  UNAUTHENTICATED: {
    status: 401,
    title: 'No valid key',
    en: 'The request needs a valid key: `Authorization: Bearer <key>`.',
    it: 'La richiesta richiede una chiave valida: `Authorization: Bearer <chiave>`.',
  },
  FORBIDDEN: {
    status: 403,
    title: 'A role is missing',
    en: 'This needs one of the roles {roles}.',
    it: 'Questa operazione richiede uno dei ruoli {roles}.',
  },
  NOT_FOUND: {
    status: 404,
    title: 'There is nothing here',
    en: 'There is nothing at this address.',
    it: 'Nessuna risorsa a questo indirizzo.',
  },
  METHOD_NOT_ALLOWED: {
    status: 405,
    title: 'The method cannot be used here',
    en: 'At this address {method} cannot be used, but: {allowed}.',
    it: 'A questo indirizzo {method} non è ammesso; sono ammessi: {allowed}.',
  },
  HEADERS_TOO_LARGE: {
    status: 431,
    title: 'The headers are too large',
    en: 'The address and the headers of the request are longer than what is read.',
    it: "L'indirizzo e le intestazioni della richiesta superano la lunghezza ammessa.",
  },
  REQUEST_TIMEOUT: {
    status: 408,
    title: 'The request did not come whole in time',
    en: 'The request did not arrive in time.',
    it: 'La richiesta non è arrivata per intero nel tempo ammesso.',
  },
  ORGANIZATION_UNKNOWN: {
    status: 404,
    title: 'The organization is not known',
    en: 'No organization with the fiscal code {org} is visible to you.',
    it: 'Nessun ente con codice fiscale {org} è visibile con questa chiave.',
  },
  FILE_UNKNOWN: { status: 404, title: 'The file is not known', en: 'No file has this id.', it: 'Nessun file ha questo identificativo.' },
  PAYMENT_UNKNOWN: {
    status: 404,
    title: 'The payment is not known',
    en: 'Nothing is known of a payment with the IUV {iuv}.',
    it: 'Nessun pagamento noto con lo IUV {iuv}.',
  },
  FLOW_UNKNOWN: {
    status: 404,
    title: 'The settlement flow is not known',
    en: 'Nothing is known of a settlement flow with the id {iuf}.',
    it: 'Nessun flusso di rendicontazione noto con lo IUF {iuf}.',
  },
  FLOW_VERSION_UNKNOWN: {
    status: 404,
    title: 'The settlement flow has no such version',
    en: 'The settlement flow {iuf} has no complete version {version}.',
    it: 'Il flusso di rendicontazione {iuf} non ha una versione completa {version}.',
  },
  CREDIT_UNKNOWN: {
    status: 404,
    title: 'The credit is not known',
    en: 'No credit has this id.',
    it: 'Nessun accredito ha questo identificativo.',
  },
  WEBHOOK_UNKNOWN: {
    status: 404,
    title: 'The webhook is not known',
    en: 'No webhook that is visible to you has this id.',
    it: 'Nessun webhook visibile con questa chiave ha questo identificativo.',
  },
  REPORT_UNKNOWN: {
    status: 404,
    title: 'The report is not known',
    en: 'There is no report of this name. Known are: {known}.',
    it: 'Nessun prospetto ha questo nome. Prospetti disponibili: {known}.',
  },
  PROCESSOR_UNKNOWN: {
    status: 404,
    title: 'The processor is not known',
    en: 'There is no processor of this name that can do this. Known are: {known}.',
    it: 'Nessun elaboratore con questo nome può farlo. Elaboratori disponibili: {known}.',
  },
  NOT_PARKED: {
    status: 404,
    title: 'The organization is not parked there',
    en: 'The organization {org} is not parked in the processor {name}.',
    it: 'L’ente {org} non è sospeso nell’elaboratore {name}.',
  },
  ORGANIZATION_EXISTS: {
    status: 409,
    title: 'The organization exists already',
    en: 'An organization with the fiscal code {org} is registered with other data.',
    it: 'Un ente con codice fiscale {org} è già registrato con altri dati.',
  },
  FILE_BEING_IMPORTED: {
    status: 409,
    title: 'The file is still being imported',
    en: 'The file is still being imported: nobody can say yet what it says. Ask again when it has come to its end.',
    it: 'Il file è ancora in corso di acquisizione: riprovare quando sarà concluso.',
  },
  AMBIGUOUS_ISSUER: {
    status: 409,
    title: 'Several issuers use this IUV',
    en: 'Payments of several issuers stand under the IUV {iuv}: name one in `issuer` ({issuers}).',
    it: 'Sotto lo IUV {iuv} risultano pagamenti di più enti emittenti: indicarne uno in `issuer` ({issuers}).',
  },
  REBUILD_RUNNING: {
    status: 409,
    title: 'A rebuild is under way',
    en: 'A rebuild of {name} is under way already.',
    it: 'Una ricostruzione di {name} è già in corso.',
  },
  VERIFICATION_RUNNING: {
    status: 409,
    title: 'A verification is under way',
    en: 'A verification of the history is under way already.',
    it: 'Una verifica della storia è già in corso.',
  },
  REQUEST_IN_PROGRESS: {
    status: 409,
    title: 'The same request is under way',
    en: 'A request with this Idempotency-Key is being handled right now: ask again in a moment.',
    it: 'Una richiesta con questa Idempotency-Key è in corso: riprovare tra poco.',
  },
  REFUSED: { status: 409, title: 'The state does not allow this', en: '{reason}.', it: 'Operazione rifiutata: {reason}.' },
  EVENTS_EXPIRED: {
    status: 410,
    title: 'The events are not kept any more',
    en: 'Events after this cursor were removed by the retention: begin again from `start`, and compare with the reports.',
    it: 'Gli eventi successivi a questo cursore sono stati rimossi per fine conservazione: ricominciare da `start` e confrontare con i prospetti.',
  },
  TOO_LARGE: {
    status: 413,
    title: 'The request is too large',
    en: 'The request is larger than {maxBytes} bytes.',
    it: 'La richiesta supera {maxBytes} byte.',
  },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    title: 'The body is of another kind than expected',
    en: 'The body must be {expected}.',
    it: 'Il corpo deve essere {expected}.',
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    title: 'The Idempotency-Key belongs to another request',
    en: 'This Idempotency-Key was used for a request with another body.',
    it: 'Questa Idempotency-Key è già stata usata per una richiesta con un altro corpo.',
  },
  TOO_MANY_REQUESTS: {
    status: 429,
    title: 'Too many requests',
    en: 'Too many requests: ask again in {seconds} seconds.',
    it: 'Troppe richieste: riprovare tra {seconds} secondi.',
  },
  INTERNAL: {
    status: 500,
    title: 'Quadra failed',
    en: 'Something failed that should not: the log of the instance tells more under {incident}.',
    it: 'Errore inatteso: il registro dell’istanza riporta i dettagli alla voce {incident}.',
  },
  UNAVAILABLE: {
    status: 503,
    title: 'The instance cannot serve now',
    en: 'The instance cannot serve this now: ask again in a moment.',
    it: 'L’istanza non è al momento disponibile: riprovare tra poco.',
  },
  NOT_YET: {
    status: 503,
    title: 'What was asked for is not there yet',
    en: 'What follows from position {after} is not complete yet: ask again in a moment.',
    it: 'Quanto segue dalla posizione {after} non è ancora completo: riprovare tra poco.',
  },
} as const satisfies Record<string, Entry>;

export type ProblemCode = keyof typeof PROBLEMS;

/** The sentence of a problem in the reader's language. */
export const detailOf = (code: ProblemCode, params: ProblemParams, language: Language): string =>
  PROBLEMS[code][language].replace(/\{(\w+)\}/g, (_, name: string) => String(params[name] ?? '')).trim();
