/** Elements of `receipt` that matter, as paths inside the root (`ctReceiptV2` and `ctReceipt` of paForNode.xsd). */
const RECEIPT = 'receipt';
const SUBJECT = [
  'uniqueIdentifier/entityUniqueIdentifierValue',
  'fullName',
  'streetName',
  'civicNumber',
  'postalCode',
  'city',
  'stateProvinceRegion',
  'country',
  'e-mail',
];

export const TRANSFER_PATH = `${RECEIPT}/transferList/transfer`;

export const HEADER_PATHS: ReadonlyMap<string, string> = new Map(
  [
    ...['receiptId', 'noticeNumber', 'fiscalCode', 'outcome', 'creditorReferenceId', 'paymentAmount', 'description'],
    ...['idPSP', 'PSPCompanyName', 'paymentDateTime', 'applicationDate', 'transferDate'],
    ...SUBJECT.map((name) => `debtor/${name}`),
    ...SUBJECT.map((name) => `payer/${name}`),
  ].map((name) => [`${RECEIPT}/${name}`, name]),
);

export const TRANSFER_PATHS: ReadonlyMap<string, string> = new Map(
  ['idTransfer', 'transferAmount', 'fiscalCodePA', 'IBAN', 'MBDAttachment', 'remittanceInformation', 'transferCategory'].map((name) => [
    `${TRANSFER_PATH}/${name}`,
    name,
  ]),
);

export type Values = Map<string, string>;

/** One receipt as text, before any rule. */
export interface RawReceipt {
  readonly line: number;
  readonly header: Values;
  readonly transfers: Values[];
  /** The first element that stands twice where the schema has it once. */
  repeated?: string;
}
