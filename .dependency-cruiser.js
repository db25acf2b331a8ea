/**
 * Who may know whom, checked in CI by `npm run deps`. The reasons stand in CONTRIBUTING.md.
 * Type imports count too: a type is knowledge. Specs may use test libraries, and still go through a lib's index.
 */

/** Code that only tests run: specs, contract suites, and the helpers that lie in a folder `testing`. */
const TESTS = '\\.spec\\.ts$|/testing/|/src/contract(\\.ts$|/)|^test/';
const NPM = (name) => `(^|/)node_modules/${name}(/|$)`;
const PURE = '^libs/(kernel|domain|matching)/src/';
const BUSINESS = '^libs/(domain|matching|formats|read-models|reporting)/';

/** [name, comment, from, to]: every rule is an error. */
const forbid = (name, comment, from, to) => ({ name, comment, severity: 'error', from, to });

module.exports = {
  forbidden: [
    // 1. The pure core
    forbid(
      'kernel-imports-nothing',
      'The kernel is the common language: it depends on no lib, no package and no node builtin.',
      { path: '^libs/kernel/src/', pathNot: TESTS },
      { pathNot: '^libs/kernel/src/' },
    ),
    forbid(
      'domain-knows-only-kernel',
      'Events, evolve and decide are pure: no I/O, no framework, no read model.',
      { path: '^libs/domain/src/', pathNot: TESTS },
      { pathNot: '^libs/(kernel|domain)/src/' },
    ),
    forbid(
      'domain-modules-meet-through-events',
      'A module of the domain sees another one through its events.ts alone.',
      { path: '^libs/domain/src/([^/]+)/', pathNot: TESTS },
      { path: '^libs/domain/src/[^/]+/', pathNot: ['^libs/domain/src/$1/', '^libs/domain/src/[^/]+/events\\.ts$'] },
    ),
    forbid(
      'matching-knows-only-kernel-and-domain',
      'A conclusion is a function of facts.',
      { path: '^libs/matching/src/', pathNot: TESTS },
      { pathNot: '^libs/(kernel|domain|matching)/src/' },
    ),
    forbid(
      'formats-knows-only-kernel-and-domain',
      'A reader turns bytes into records, with a parser and nothing else.',
      { path: '^libs/formats/src/', pathNot: TESTS },
      { pathNot: ['^libs/(kernel|domain|formats)/src/', NPM('(@types/)?(saxes|papaparse|yauzl)')], dependencyTypesNot: ['core'] },
    ),

    // 2. Infrastructure that could carry any business
    forbid(
      'infrastructure-knows-no-business',
      'event-store, event-feed and processing move events without knowing what they say.',
      { path: '^libs/(event-store|event-feed|processing)/src/', pathNot: TESTS },
      { path: BUSINESS },
    ),
    forbid(
      'only-apps-and-platform-know-nest',
      'A framework stays at the edge.',
      { pathNot: ['^libs/platform/', '^apps/'] },
      { path: NPM('@nestjs') },
    ),

    // 3. One place for each client library
    forbid(
      'kafkajs-only-in-its-adapter',
      'To replace the client is to replace one file.',
      { pathNot: ['^libs/event-feed/src/(adapters/)?kafka/', TESTS] },
      { path: NPM('kafkajs') },
    ),
    {
      name: 'kafkajs-in-one-file',
      comment: 'To replace the client is to replace one file.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: TESTS },
      module: { path: NPM('kafkajs'), numberOfDependentsMoreThan: 1 },
    },
    forbid(
      'eventstoredb-only-in-its-adapter',
      'To replace the client is to replace one file.',
      { pathNot: ['^libs/event-store/src/(adapters/)?eventstoredb/', TESTS] },
      { path: NPM('@eventstore/db-client') },
    ),
    {
      name: 'eventstoredb-in-one-file',
      comment: 'To replace the client is to replace one file.',
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: TESTS },
      module: { path: NPM('@eventstore/db-client'), numberOfDependentsMoreThan: 1 },
    },
    forbid(
      'pg-only-where-rows-are-kept',
      'SQL stands in the PostgreSQL adapter, the read models, the write-side tables and what sets them up.',
      {
        pathNot: [
          '^libs/event-store/src/(adapters/)?postgres/',
          '^libs/(event-feed|processing|read-models|platform)/src/',
          '^apps/',
          '^tools/',
          TESTS,
        ],
      },
      { path: NPM('(@types/)?(pg|pg-copy-streams)') },
    ),

    // 4. Apps over libs, each lib behind its index
    forbid('no-lib-imports-an-app', 'Apps are composed of libs, not the other way round.', { path: '^libs/' }, { path: '^apps/' }),
    forbid(
      'no-app-imports-an-app',
      'Services meet in the event store; only the standalone process composes them.',
      { path: '^apps/([^/]+)/', pathNot: '^apps/quadra/' },
      { path: '^apps/', pathNot: '^apps/$1/' },
    ),
    forbid(
      'libs-meet-through-their-alias',
      'Another lib is @quadra/<lib>: no path into its folder, whoever imports it.',
      { path: '^(libs/[^/]+|apps|test|tools)/' },
      { path: '^libs/', pathNot: '^$1/', dependencyTypesNot: ['aliased'] },
    ),
    forbid(
      'no-deep-imports',
      'A lib is what its index.ts exports.',
      { path: '^(libs/[^/]+|apps|test|tools)/' },
      { path: '^libs/', pathNot: ['^$1/', '^libs/[^/]+/src/index\\.ts$', '^libs/platform/src/keyring/index\\.ts$'] },
    ),
    forbid(
      'tools-stay-outside',
      'The product runs without its tools; only the command line offers the generator and the benchmarks.',
      { path: '^(apps|libs)/', pathNot: ['^apps/quadra/', TESTS] },
      { path: '^tools/' },
    ),
    forbid(
      'command-line-offers-two-tools',
      'The command line offers the generator and the benchmarks, and no other tool.',
      { path: '^apps/quadra/', pathNot: TESTS },
      { path: '^tools/', pathNot: '^tools/(generator|bench)/' },
    ),
    forbid(
      'product-does-not-import-tests',
      'Tests know the product, not the other way round.',
      { path: '^(apps|libs|tools)/', pathNot: TESTS },
      { path: TESTS },
    ),

    // 5. Hygiene
    forbid('no-cycles', 'What cannot be read from bottom to top cannot be understood.', {}, { circular: true }),
    forbid('nothing-unresolved', 'An import that leads nowhere.', {}, { couldNotResolve: true }),
    forbid(
      'only-declared-packages',
      'A package that no package.json names is there by accident.',
      {},
      { dependencyTypes: ['npm-no-pkg', 'npm-unknown'], pathNot: NPM('@types') },
    ),
    forbid(
      'product-runs-without-dev-packages',
      'What an installation without devDependencies lacks cannot be needed at run time.',
      { path: '^(apps|libs)/', pathNot: TESTS },
      { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: NPM('@types') },
    ),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: ['^dist/', '^apps/console/public/'] },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      extensions: ['.ts', '.js', '.mjs', '.json'],
      conditionNames: ['require', 'node', 'import', 'default', 'types'],
      mainFields: ['main', 'types'],
    },
    skipAnalysisNotInRules: false,
  },
};
