export { parseXml, xmlSteps } from './parse';
export { XML_LIMITS, type XmlHandlers } from './parser';
