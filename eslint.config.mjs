// The rules of the house that a linter can hold. Layers between libs stand in .dependency-cruiser.js, layout in .prettierrc.
import tseslint from 'typescript-eslint';

const TESTS = ['**/*.spec.ts', '**/testing/**/*.ts', 'libs/*/src/contract.ts', 'libs/*/src/contract/**/*.ts', 'test/**/*.ts'];
/** Libs whose answer depends on their arguments alone: no I/O, no clock, no randomness. */
const PURE = ['libs/kernel/src/**/*.ts', 'libs/domain/src/**/*.ts', 'libs/matching/src/**/*.ts'];

const FLOAT_MONEY = [
  { selector: "CallExpression[callee.name='parseFloat']", message: 'Amounts never pass through a float: use parseEuro of @quadra/kernel.' },
  {
    selector: "CallExpression[callee.property.name='parseFloat']",
    message: 'Amounts never pass through a float: use parseEuro of @quadra/kernel.',
  },
];
const CLOCK_AND_CHANCE = [
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'A pure lib has no clock: take a date or an instant as an argument.',
  },
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'A pure lib has no clock: take an instant as an argument.',
  },
  { selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']", message: 'A pure lib has no randomness.' },
];
const OUTSIDE_WORLD = ['process', 'console', 'fetch', 'performance', 'crypto', 'setTimeout', 'setInterval', 'setImmediate'].map((name) => ({
  name,
  message: 'A pure lib does not touch the world outside its arguments.',
}));

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.quadra/**', 'coverage/**', 'tmp/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'warn' } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
    rules: {
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'max-lines': ['warn', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['warn', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-syntax': ['error', ...FLOAT_MONEY],
      '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
      '@typescript-eslint/no-misused-promises': 'error',
      // A switch over a union names every case, or says by a default that newer ones pass (`evolve` must).
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Files with decorators are left alone by this rule: Nest needs their imports as values to inject and validate.
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Objects must not be printed; a group of a regular expression may be (its type holds undefined, its match does not).
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true, allowNullish: true }],
      // Cents are branded numbers: a minus is as good as on any other.
      '@typescript-eslint/no-unsafe-unary-minus': 'off',
      // An adapter is async because its port is, also where it has nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      // Rows of pg and stored events are `any` where they come in; the pure libs below keep these rules.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    // The port carries events of every type; a reader narrows them.
    files: ['libs/event-store/src/port.ts'],
    rules: { '@typescript-eslint/no-explicit-any': 'warn' },
  },
  {
    files: PURE,
    ignores: TESTS,
    rules: {
      'no-restricted-syntax': ['error', ...FLOAT_MONEY, ...CLOCK_AND_CHANCE],
      'no-restricted-globals': ['error', ...OUTSIDE_WORLD],
      '@typescript-eslint/no-unsafe-argument': 'error',
      '@typescript-eslint/no-unsafe-assignment': 'error',
      '@typescript-eslint/no-unsafe-call': 'error',
      '@typescript-eslint/no-unsafe-member-access': 'error',
      '@typescript-eslint/no-unsafe-return': 'error',
    },
  },
  {
    files: ['libs/formats/src/**/*.ts', 'libs/reporting/src/**/*.ts'],
    ignores: TESTS,
    rules: { 'no-restricted-syntax': ['error', ...FLOAT_MONEY, ...CLOCK_AND_CHANCE] },
  },
  {
    // A specification is as long as what it specifies, and holds its subject at arm's length.
    files: TESTS,
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    files: ['**/*.mjs', '**/*.js', '**/*.cjs'],
    extends: [tseslint.configs.base],
    rules: { eqeqeq: ['error', 'always', { null: 'ignore' }] },
  },
);
