import { formatEuro } from '@quadra/kernel';
import type { Discrepancy, TransferView } from '@quadra/domain';

export type Language = 'en' | 'it';

type Words = Readonly<Record<Language, string>>;

const euro = (cents: number | undefined, lang: Language): string => {
  const text = formatEuro(cents ?? 0);
  return lang === 'it' ? text.replace('.', ',') : text;
};

const pick = (words: Words, lang: Language): string => words[lang];

/** Where the transfer stands and because of which document, in one sentence. */
const stateSentence = (t: TransferView, lang: Language): string => {
  const receipt = t.receipt?.receiptId ?? '';
  const iuf = t.credited?.iuf ?? t.line?.iuf ?? '';
  const credits = t.credited?.credits.join(', ') ?? '';
  const words: Readonly<Record<TransferView['state'], Words>> = {
    notified: {
      en: `Notice ${t.notice?.iud ?? ''} declares a payment; no receipt and no flow speak of it.`,
      it: `La notifica ${t.notice?.iud ?? ''} dichiara un pagamento; nessuna ricevuta e nessun flusso ne parla.`,
    },
    paid: {
      en: `Receipt ${receipt} proves the payment of ${t.receipt?.paidOn}; no settlement flow reports it yet.`,
      it: `La ricevuta ${receipt} prova il pagamento del ${t.receipt?.paidOn}; nessun flusso di rendicontazione lo riporta ancora.`,
    },
    provisional: {
      en: `Flow ${iuf} reports it with outcome ${t.line?.outcome}; its receipt is awaited.`,
      it: `Il flusso ${iuf} lo riporta con esito ${t.line?.outcome}; si attende la ricevuta.`,
    },
    reported: {
      en: `Flow ${iuf} reports it; the flow is not funded in full.`,
      it: `Il flusso ${iuf} lo riporta; il flusso non è ancora accreditato per intero.`,
    },
    credited: {
      en: `Flow ${iuf} (${euro(t.credited?.flowCents, lang)}) is funded in full by ${credits}, value date ${t.credited?.creditedOn}.`,
      it: `Il flusso ${iuf} (${euro(t.credited?.flowCents, lang)}) è accreditato per intero da ${credits}, valuta ${t.credited?.creditedOn}.`,
    },
    revoked: {
      en: `Flow ${iuf} reports the revocation of the payment (outcome 3).`,
      it: `Il flusso ${iuf} riporta la revoca del pagamento (esito 3).`,
    },
    withdrawn: {
      en: `A later version of flow ${iuf} dropped its line before money came for it.`,
      it: `Una versione successiva del flusso ${iuf} ha tolto la riga prima dell'accredito.`,
    },
    excluded: {
      en: `No money will come through pagoPA: ${t.excluded ?? ''}.`,
      it: `Nessun accredito è dovuto tramite pagoPA: ${t.excluded ?? ''}.`,
    },
  };
  return pick(words[t.state], lang);
};

const DISCREPANCY_WORDS: Readonly<Record<Discrepancy['code'], Words>> = {
  RECEIPT_MISSING: { en: 'the receipt is missing', it: 'manca la ricevuta' },
  LINE_AMOUNT_DIFFERS: { en: 'the line states another amount than the receipt', it: 'la riga riporta un importo diverso dalla ricevuta' },
  IUR_DIFFERS: {
    en: 'paired by index and amount, because the line states another IUR',
    it: 'abbinato per indice e importo: la riga riporta un altro IUR',
  },
  NOTICE_MISSING: { en: 'no notice was sent', it: 'manca la notifica' },
  NOTICE_AMOUNT_DIFFERS: { en: 'the notice states another amount', it: 'la notifica riporta un importo diverso' },
  FLOW_TOTAL_DIFFERS: { en: 'the header of the flow does not tie with its lines', it: 'la testata del flusso non quadra con le righe' },
  FLOW_PARTLY_CREDITED: { en: 'the flow is credited in part', it: 'il flusso è accreditato in parte' },
  CREDIT_SHORT: { en: 'the credit is short', it: "l'accredito è inferiore" },
  CREDIT_OVER: { en: 'more was credited than the flow states', it: "l'accredito supera il totale del flusso" },
  DUPLICATE_PAYMENT: { en: 'the same notice was paid twice', it: 'lo stesso avviso è stato pagato due volte' },
  REPORTED_TWICE: { en: 'the same collection was reported twice', it: 'la stessa riscossione è rendicontata due volte' },
  RECEIPT_CONFLICT: { en: 'the receipt came with two contents', it: 'la ricevuta è arrivata con due contenuti' },
  FLOW_CONFLICT: {
    en: 'the flow came with two contents of one revision',
    it: 'il flusso è arrivato con due contenuti per la stessa revisione',
  },
  REVISION_AFTER_FUNDING: {
    en: 'a revision dropped the line after the money had come',
    it: "una revisione ha tolto la riga dopo l'accredito",
  },
  WRONG_ACCOUNT: { en: 'the money came on another account', it: 'accredito su un altro conto' },
  CREDIT_REJECTED: { en: 'the credit was rejected', it: 'accredito respinto' },
  REGULARIZATION_LATE: { en: 'the credit is not regularized in time', it: 'accredito non regolarizzato nei termini' },
  MATCH_BROKEN: { en: 'a decision by hand no longer fits', it: 'una decisione manuale non regge più' },
  UNKNOWN_OUTCOME: { en: 'the outcome code is unknown', it: 'il codice esito è sconosciuto' },
};

const discrepancySentence = (d: Discrepancy, lang: Language): string => {
  const amounts =
    d.expectedCents === undefined
      ? ''
      : lang === 'it'
        ? ` (atteso ${euro(d.expectedCents, lang)}, trovato ${euro(d.foundCents, lang)})`
        : ` (expected ${euro(d.expectedCents, lang)}, found ${euro(d.foundCents, lang)})`;
  const others = d.others?.length ? ` [${d.others.join(', ')}]` : '';
  return `${d.code}: ${pick(DISCREPANCY_WORDS[d.code], lang)}${amounts}${others}.`;
};

/** Why a transfer stands where it stands, and what does not tie: sentences for an officer, with the evidence in them. */
export const explain = (transfer: TransferView, lang: Language): string =>
  [stateSentence(transfer, lang), ...transfer.discrepancies.map((d) => discrepancySentence(d, lang))].join(' ');
