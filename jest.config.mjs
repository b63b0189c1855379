const lib = (name) => [`^#${name}/(.*)\\.js$`, `<rootDir>/libs/${name}/$1.ts`];

const shared = {
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { swcrc: true }] },
  moduleNameMapper: {
    ...Object.fromEntries(
      [
        ...['core', 'rulebook', 'store', 'streams', 'contract', 'settings', 'simulator'],
        ...['explanation', 'evidence', 'audit-keys'],
      ].map(lib),
    ),
    '^#migrations/(.*)\\.js$': '<rootDir>/migrations/$1.ts',
    '^#test/(.*)\\.js$': '<rootDir>/test/$1.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
};

// Tests that need no server: pure code, the rules' examples and histories, import directions, the console's texts.
// A folder that is not named here gets the servers.
const pure = [
  ...[
    'core',
    'rulebook',
    'contract',
    'settings',
    'simulator',
    'explanation',
    'evidence',
    'audit-keys',
  ].map((name) => `<rootDir>/libs/${name}/`),
  ...[
    'history',
    'directions',
    'contract',
    'log',
    'calendar',
    'replay',
    'texts',
    'audit/core',
    'evidence/verify',
  ].map((name) => `<rootDir>/test/${name}/`),
  '<rootDir>/apps/console/',
];

// With a browser beside the servers.
const browser = ['<rootDir>/test/console/'];

export default {
  rootDir: import.meta.dirname,
  testTimeout: 180_000,
  projects: [
    {
      ...shared,
      displayName: 'unit',
      testMatch: pure.map((folder) => `${folder}**/*.test.ts`),
    },
    {
      // With PostgreSQL and Kafka, which start when the first test of this project is to run.
      ...shared,
      displayName: 'integration',
      testMatch: ['<rootDir>/{apps,libs,test,bench}/**/*.test.ts'],
      testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/', ...pure, ...browser],
      globalSetup: '<rootDir>/test/env/global-setup.mjs',
      globalTeardown: '<rootDir>/test/env/global-teardown.mjs',
    },
    {
      ...shared,
      displayName: 'browser',
      testMatch: browser.map((folder) => `${folder}**/*.test.ts`),
      globalSetup: '<rootDir>/test/env/browser-setup.mjs',
      globalTeardown: '<rootDir>/test/env/global-teardown.mjs',
    },
  ],
};
