export { type CanonicalHeader, ContentHash } from './canonical';
export { FLOW_ROOTS } from './collector';
export { readSettlementFlowXml } from './read';
