import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { makeKeyFile } from '#audit-keys/key-file.js';
import { feedOf, readCity } from '#rulebook/city.js';
import {
  codeSettings,
  DEPLOY,
  exampleSettings,
  INLINE_SECRETS,
  logSettings,
  oursOf,
  processes,
  programOf,
  ROOT,
  readCompose,
} from './deployment.js';

const compose = readCompose();
const all = Object.entries(compose.services);
const ours = oursOf(compose);
/** Read by Compose itself while it reads the file. */
const interpolated = new Set(
  [...readFileSync(join(DEPLOY, 'compose.yaml'), 'utf8').matchAll(/\$\{([A-Z_]+)/g)].map(
    ([, name]) => name as string,
  ),
);
const healthCheck = readFileSync(join(DEPLOY, 'health-check.mjs'), 'utf8');

describe('compose.yaml', () => {
  it('has a service for every process, and none for what is not there', () => {
    const run = ours.filter(([, { restart }]) => restart !== 'no');
    expect(run.map(([, service]) => programOf(service)).sort()).toEqual(processes().sort());
    expect(run.map(([name, service]) => [name, programOf(service)])).toEqual(
      run.map(([name]) => [name, name]),
    );
  });

  it('names no setting that the code does not read', () => {
    const known = codeSettings();
    const given = ours.flatMap(([, { environment }]) => Object.keys(environment ?? {}));
    const unknown = given.filter((name) => !known.has(name) && !healthCheck.includes(name));
    expect(unknown).toEqual([]);
  });

  it('publishes ports on loopback only', () => {
    const ports = all.flatMap(([, { ports = [] }]) => ports);
    expect(ports.length).toBeGreaterThan(0);
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const [, { network_mode }] of all) expect(network_mode ?? 'none').toBe('none');
    const published = all.filter(([, { ports }]) => ports !== undefined).map(([name]) => name);
    const ways = all
      .filter(([, { networks }]) => networks?.includes('front'))
      .map(([name]) => name);
    expect(ways).toEqual(published);
    const internal = Object.entries(compose.networks).filter(([name]) => name !== 'front');
    for (const [, network] of internal) expect(network.internal).toBe(true);
  });

  it('holds no secret', () => {
    for (const [name, { environment = {} }] of all)
      for (const [variable, value] of Object.entries(environment)) {
        const isFile = variable.endsWith('_FILE') && String(value).startsWith('/run/secrets/');
        // Key files lie in a volume of the process that signs, and trusted keys are public; both are named like secrets.
        if (/^\/(var\/lib|etc)\/mingcha\//.test(String(value))) continue;
        const looksSecret = /PASS|KEY|TOKEN|SECRET|DATABASE_URL/.test(variable);
        expect([name, variable, looksSecret && !isFile]).toEqual([name, variable, false]);
        expect(String(value)).not.toMatch(/:\/\/[^/]*:[^/]*@/);
      }
    const files = Object.entries(compose.secrets).map(([name, { file }]) => [name, file]);
    expect(files).toEqual(files.map(([name]) => [name, `./secrets/${name}`]));
    const used = new Set(all.flatMap(([, { secrets = [] }]) => secrets));
    expect([...used].sort()).toEqual(Object.keys(compose.secrets).sort());
    for (const [name, { environment = {}, secrets = [] }] of all)
      for (const value of Object.values(environment)) {
        const [, secret] = /^\/run\/secrets\/(\w+)$/.exec(String(value)) ?? [];
        if (secret !== undefined)
          expect([name, secrets]).toEqual([name, expect.arrayContaining([secret])]);
      }
  });

  it('gives no two processes the same login, and the administrator to jobs alone', () => {
    const logins = ours.flatMap(([name, { secrets = [] }]) =>
      secrets.filter((secret) => secret.endsWith('_url')).map((secret) => [name, secret]),
    );
    expect(logins.map(([, secret]) => secret).sort()).toEqual(
      [...new Set(logins.map(([, secret]) => secret))].sort(),
    );
    const withAdministrator = all.filter(([, { secrets = [] }]) =>
      secrets.some((secret) => /^(migrator_url|postgres_password)$/.test(secret)),
    );
    expect(withAdministrator.map(([name]) => name).sort()).toEqual([
      'logins',
      'migrate',
      'postgres',
    ]);
  });

  it('bounds what every service may use, and gives ours no way to change their image or gain rights', () => {
    for (const [name, { deploy }] of all) {
      const { cpus, memory, pids } = deploy?.resources?.limits ?? {};
      expect([name, cpus, memory, pids]).not.toContain(undefined);
    }
    for (const [, service] of ours)
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
  });

  it('takes every image at a version that is named', () => {
    const dockerfile = readFileSync(join(DEPLOY, 'Dockerfile'), 'utf8');
    const [, node] = /^ARG NODE_IMAGE=(.*)$/m.exec(dockerfile) ?? [];
    const images = [node, ...all.map(([, { image }]) => image.replace(/^\$\{\w+:-(.*)\}$/, '$1'))];
    for (const image of images) expect(image).toMatch(/:\d+\.\d+(\.\d+)?(-[a-z]+)*$/);
    expect(node).toMatch(/^node:24\./);
  });

  it('keeps volumes of processes that watch each other apart', () => {
    const volumes = ours.flatMap(([name, { volumes = [] }]) =>
      // What is only read, as archives are by the auditor, covers up for nobody.
      volumes
        .filter((volume) => !volume.endsWith(':ro'))
        .map((volume) => [volume.split(':')[0], name]),
    );
    const sharers = volumes.map(([volume]) => volume);
    expect(sharers.sort()).toEqual([...new Set(sharers)].sort());
  });
});

describe('.env.example', () => {
  const settings = exampleSettings();

  it('names, with what compose.yaml sets, every setting that the code reads, and no other', () => {
    const inCompose = ours.flatMap(([, { environment }]) => Object.keys(environment ?? {}));
    const named = new Set([...settings.map(({ name }) => name), ...inCompose, ...INLINE_SECRETS]);
    const known = codeSettings();
    expect([...known].filter((name) => !named.has(name))).toEqual([]);
    const unknown = settings.filter(({ name }) => !known.has(name) && !interpolated.has(name));
    expect(unknown).toEqual([]);
    expect([...interpolated].filter((name) => !named.has(name))).toEqual([]);
  });

  it('explains each, holds no secret, and repeats nothing that compose.yaml sets', () => {
    expect(settings.filter(({ explained }) => !explained)).toEqual([]);
    const names = settings.map(({ name }) => name);
    expect(names.filter((name) => INLINE_SECRETS.includes(name))).toEqual([]);
    const set = new Set(ours.flatMap(([, { environment }]) => Object.keys(environment ?? {})));
    expect(names.filter((name) => set.has(name))).toEqual([]);
    expect(names).toEqual([...new Set(names)]);
  });

  it.each(processes())('shows the defaults that the %s has', async (name) => {
    const path = join(ROOT, 'apps', name, 'settings.ts');
    const { readSettings } = (await import(path)) as { readSettings(env: object): unknown };
    const folder = mkdtempSync(join(tmpdir(), 'mingcha-deploy-'));
    try {
      execFileSync('sh', [join(DEPLOY, 'make-secrets.sh'), join(folder, 'secrets')]);
      const origin = 'city.example/mingcha';
      const logKey = makeKeyFile(join(folder, 'log.key'), origin, 1);
      const witnessKey = makeKeyFile(join(folder, 'witness.key'), 'office.example/witness', 4);
      writeFileSync(
        join(folder, 'trusted-keys'),
        `log ${logKey}\nwitness ${witnessKey}\nquorum 1\n`,
      );
      const here = (value: string) =>
        value
          .replace('/run/secrets', join(folder, 'secrets'))
          .replace('/var/lib/mingcha', folder)
          .replace('/etc/mingcha/city.yaml', join(DEPLOY, 'city.example.yaml'))
          .replace('/etc/mingcha', folder)
          .replace(/^container$/, '127.0.0.1');
      const given = Object.entries(compose.services[name]?.environment ?? {});
      const open = logSettings({ origin, logKey, witnessKey });
      const isOpen = new Set(['MINGCHA_SIGNER_KEYS', ...Object.keys(open)]);
      const env = {
        ...Object.fromEntries(given.map(([variable, value]) => [variable, here(value)])),
        ...open,
        MINGCHA_SIGNER_KEYS: join(folder, 'log.key'),
      };
      const shown = settings
        .filter((setting) => !isOpen.has(setting.name))
        .map((setting) => [setting.name, here(setting.value)]);
      const spelled = readSettings({ ...env, ...Object.fromEntries(shown) });
      // As texts: two keys are the same where what they say of themselves is.
      expect(JSON.stringify(spelled)).toEqual(JSON.stringify(readSettings(env)));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.each(['operating.md', 'operating.zh-CN.md'])('docs/%s', (document) => {
  it('says what every setting means', () => {
    const text = readFileSync(join(ROOT, 'docs', document), 'utf8');
    const rows = text.split('\n').filter((line) => line.startsWith('|') || /MINGCHA_/.test(line));
    // `KAFKA_TLS_CA_FILE`, `…_CERT_FILE`: the end of a name stands for one that begins like the one before it.
    const says = (name: string) =>
      rows.some(
        (row) =>
          row.includes(`\`${name}\``) ||
          [...row.matchAll(/`…([A-Z_]+)`/g)].some(
            ([, end]) => name.endsWith(end as string) && row.includes(`\`${name.slice(0, 9)}`),
          ),
      );
    expect([...codeSettings()].filter((name) => name !== 'LOG_LEVEL' && !says(name))).toEqual([]);
  });
});

describe('the files beside it', () => {
  it('city.example.yaml can be read as a city file', () => {
    const city = readCity(join(DEPLOY, 'city.example.yaml'));
    expect(feedOf(city, 'bd-lcq-spj')).toMatchObject({ agreedDelayHours: 24 });
    expect(feedOf(city, 'another')).toBeNull();
  });

  it('make-secrets.sh makes every secret, closed to others, each different, and keeps what is there', () => {
    const folder = mkdtempSync(join(tmpdir(), 'mingcha-secrets-'));
    const run = () => execFileSync('sh', [join(DEPLOY, 'make-secrets.sh'), folder]).toString();
    const contents = () =>
      readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), 'utf8')]);
    try {
      run();
      const first = contents();
      expect(first.map(([name]) => name).sort()).toEqual(Object.keys(compose.secrets).sort());
      expect(new Set(first.map(([, content]) => content)).size).toBe(first.length);
      expect(statSync(folder).mode & 0o777).toBe(0o700);
      rmSync(join(folder, 'api_url'));
      expect(run()).toContain('made   api_url\nkept   notifier_url');
      const second = new Map(contents() as [string, string][]);
      for (const [name, content] of first)
        expect([name, second.get(name as string) === content]).toEqual([name, name !== 'api_url']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
