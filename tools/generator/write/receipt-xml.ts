import { bankDayAfter, isoDay, isoMinute } from '../calendar';
import type { Receipt, ReceiptShare } from '../model';
import { euro, xml } from './text';

/** A digital revenue stamp as it hangs on a transfer in place of the IBAN: an empty document, no stamp that anybody could use. */
const STAMP = Buffer.from('<marcaDaBollo xmlns="http://www.agenziaentrate.gov.it/2014/MarcaDaBollo"/>').toString('base64');

const transfer = (receipt: Receipt, share: ReceiptShare): string =>
  `<transfer><idTransfer>${share.index}</idTransfer><transferAmount>${euro(share.cents)}</transferAmount>` +
  `<fiscalCodePA>${share.beneficiary.fiscalCode}</fiscalCodePA><companyName>${xml(share.beneficiary.name)}</companyName>` +
  (share.stamp ? `<MBDAttachment>${STAMP}</MBDAttachment>` : `<IBAN>${share.beneficiary.iban}</IBAN>`) +
  `<remittanceInformation>/RFB/${receipt.iuv}/${euro(share.cents)}/TXT/${xml(receipt.text)}</remittanceInformation>` +
  `<transferCategory>${share.category}</transferCategory></transfer>`;

/** One receipt (RT) as the node delivers it: `paSendRTV2Request` of paForNode.xsd, to the body that gets it. */
export const receiptXml = (receipt: Receipt, recipient: string): string => {
  const { issuer, psp, debtor } = receipt;
  const total = receipt.shares.reduce((sum, share) => sum + share.cents, 0);
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<pa:paSendRTV2Request xmlns:pa="http://pagopa-api.pagopa.gov.it/pa/paForNode.xsd">' +
    `<idPA>${recipient}</idPA><idBrokerPA>${issuer.fiscalCode}</idBrokerPA><idStation>${issuer.fiscalCode}_01</idStation><receipt>` +
    `<receiptId>${receipt.iur}</receiptId><noticeNumber>3${receipt.iuv}</noticeNumber><fiscalCode>${issuer.fiscalCode}</fiscalCode>` +
    `<outcome>${receipt.outcome}</outcome><creditorReferenceId>${receipt.iuv}</creditorReferenceId>` +
    `<paymentAmount>${euro(total)}</paymentAmount><description>${xml(receipt.text)}</description>` +
    `<companyName>${xml(issuer.name)}</companyName><debtor><uniqueIdentifier>` +
    '<entityUniqueIdentifierType>F</entityUniqueIdentifierType>' +
    `<entityUniqueIdentifierValue>${debtor.fiscalCode}</entityUniqueIdentifierValue></uniqueIdentifier>` +
    `<fullName>${xml(debtor.name)}</fullName><streetName>${xml(debtor.street)}</streetName><civicNumber>${debtor.civic}</civicNumber>` +
    `<city>${xml(issuer.place)}</city><country>IT</country></debtor>` +
    `<transferList>${receipt.shares.map((share) => transfer(receipt, share)).join('')}</transferList>` +
    `<idPSP>${psp.id}</idPSP><pspFiscalCode>${psp.fiscalCode}</pspFiscalCode><PSPCompanyName>${xml(psp.name)}</PSPCompanyName>` +
    `<idChannel>${psp.fiscalCode}_01</idChannel><channelDescription>app</channelDescription><paymentMethod>creditCard</paymentMethod>` +
    `<fee>1.00</fee><paymentDateTime>${isoMinute(receipt.paidAt, receipt.second)}</paymentDateTime>` +
    `<applicationDate>${isoDay(receipt.operatingDay)}</applicationDate>` +
    `<transferDate>${isoDay(bankDayAfter(receipt.operatingDay))}</transferDate></receipt></pa:paSendRTV2Request>\n`
  );
};
