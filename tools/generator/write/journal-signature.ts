/**
 * The schema wants a signature. This one has the form only: digest and value are zeros, no key made it, and nothing can be
 * proved with it.
 */
const ZEROS = `${'A'.repeat(43)}=`;

export const JOURNAL_SIGNATURE =
  '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:SignedInfo>' +
  '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2006/12/xml-c14n11"/>' +
  '<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/><ds:Reference URI="">' +
  '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>' +
  `<ds:DigestValue>${ZEROS}</ds:DigestValue></ds:Reference></ds:SignedInfo><ds:SignatureValue>${ZEROS}</ds:SignatureValue></ds:Signature>\n`;
