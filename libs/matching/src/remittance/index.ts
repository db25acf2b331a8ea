export * from './choose-flows';
export * from './creditor-reference';
export * from './parse-remittance';
