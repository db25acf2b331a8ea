/** The suffix of a spec is its level; `npm test` runs them all, servers that are missing are named when skipped. */
const { readFileSync } = require('node:fs');
const { paths } = JSON.parse(readFileSync('./tsconfig.json', 'utf8')).compilerOptions;
const swc = JSON.parse(readFileSync('./.swcrc', 'utf8'));

module.exports = {
  rootDir: '.',
  roots: ['<rootDir>/libs', '<rootDir>/apps', '<rootDir>/test', '<rootDir>/tools'],
  testMatch: ['**/*.spec.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { ...swc, swcrc: false }] },
  moduleNameMapper: Object.fromEntries(Object.entries(paths).map(([alias, [dir]]) => [`^${alias}$`, `<rootDir>/${dir}`])),
  globalSetup: '<rootDir>/test/global-setup.ts',
  globalTeardown: '<rootDir>/test/global-teardown.ts',
  testEnvironment: 'node',
  modulePathIgnorePatterns: ['<rootDir>/dist'],
  testTimeout: 60000,
  maxWorkers: 2,
};
