import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { mingcha, start } from './run-mingcha.js';

const folder = mkdtempSync(join(tmpdir(), 'mingcha-keys-'));
const at = (name: string) => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

const LOG = 'city.example/mingcha';
const makeKey = (...args: string[]) => mingcha(['admin', 'make-key', ...args]);

/** Key and verifier key of a key file: OpenSSL gives the public half, C2SP signed-note says how it is written. */
function readByHand(file: string, type: 1 | 4) {
  const line = readFileSync(file, 'utf8');
  const [, name, id, secret] =
    /^PRIVATE\+KEY\+([^+\n]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+=*)\n$/.exec(line) ?? [];
  const seed = Buffer.from(secret ?? '', 'base64').subarray(1);
  // RFC 8410: a private key in PKCS#8.
  const pkcs8 = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
  const spki = execFileSync('openssl', ['pkey', '-inform', 'DER', '-pubout', '-outform', 'DER'], {
    input: pkcs8,
  });
  const typed = Buffer.concat([Buffer.of(type), spki.subarray(-32)]);
  const digest = createHash('sha256').update(`${name}\n`).update(typed).digest('hex');
  return {
    type: Buffer.from(secret ?? '', 'base64')[0],
    id,
    secret: String(secret),
    vkey: `${name}+${digest.slice(0, 8)}+${typed.toString('base64')}`,
  };
}

describe('mingcha admin make-key', () => {
  it.each([
    ['a log', 1, []],
    ['a witness', 4, ['--witness']],
  ] as const)(
    'makes a key of %s that its owner alone can read, and prints its public half',
    async (who, type, options) => {
      const file = at(`${type}.key`);
      const name = type === 1 ? LOG : 'office.example/witness';
      // Nothing is kept from others by the surroundings.
      const umask = process.umask(0);
      const { code, out, err } = await makeKey('--name', name, '--file', file, ...options).finally(
        () => process.umask(umask),
      );
      expect([who, code, err]).toEqual([who, 0, '']);
      expect(statSync(file).mode & 0o777).toBe(0o600);
      const byHand = readByHand(file, type);
      expect(byHand.type).toBe(type);
      expect(byHand.vkey.split('+')[1]).toBe(byHand.id);
      expect(out.endsWith('\n') && JSON.parse(out)).toEqual({ name, file, key: byHand.vkey });
      expect(out).not.toContain(byHand.secret);
    },
  );

  it('makes another key each time', async () => {
    const keys = await Promise.all(
      ['a', 'b'].map(async (file) =>
        JSON.parse((await makeKey('--name', LOG, '--file', at(file))).out),
      ),
    );
    expect(keys[0].key).not.toBe(keys[1].key);
  });

  it('leaves a file that is there as it is', async () => {
    const file = at('taken.key');
    await makeKey('--name', LOG, '--file', file);
    const before = readFileSync(file, 'utf8');
    const { code, out, err } = await makeKey('--name', LOG, '--file', file);
    expect([code, out]).toEqual([1, '']);
    expect(err).toContain(`Key file ${file}: it exists already, and is left as it is`);
    expect(readFileSync(file, 'utf8')).toBe(before);
  });

  it.each<[string, readonly string[], number, RegExp]>([
    ['no name', ['--file', at('no.key')], 2, /needs --name NAME and --file FILE/],
    ['no file', ['--name', LOG], 2, /needs --name NAME and --file FILE/],
    ['a name with a space', ['--name', 'a log', '--file', at('no.key')], 2, /no spaces, no "\+"/],
    ['a name with a plus', ['--name', 'a+log', '--file', at('no.key')], 2, /no spaces, no "\+"/],
    [
      'a folder that is not there',
      ['--name', LOG, '--file', at('none/no.key')],
      1,
      /cannot be written \(ENOENT\)/,
    ],
  ])('refuses %s and makes no file', async (_, args, exit, words) => {
    const { code, out, err } = await makeKey(...args);
    expect([code, out, err]).toEqual([exit, '', expect.stringMatching(words)]);
    expect(existsSync(at('no.key'))).toBe(false);
  });
});

describe('a key file', () => {
  let vkey: string;

  beforeAll(async () => {
    vkey = JSON.parse((await makeKey('--name', LOG, '--file', at('log.key'))).out).key;
    await makeKey('--name', 'w.example', '--file', at('witness.key'), '--witness');
  });

  const startSigner = (file: string) =>
    start('signer/main.js', [], {
      MINGCHA_LOG_ORIGIN: LOG,
      MINGCHA_SIGNER_KEYS: file,
      MINGCHA_SIGNER_STATE: at('signer-state'),
      MINGCHA_SIGNER_TOKEN: 'a token of some length',
      MINGCHA_SIGNER_PORT: '0',
    });
  const startWitness = (file: string) =>
    start('witness/main.js', [], {
      MINGCHA_WITNESS_KEY: file,
      MINGCHA_WITNESS_LOGS: vkey,
      MINGCHA_WITNESS_STATE: at('witness-state'),
      MINGCHA_WITNESS_PORT: '0',
    });

  /** One that should have ended by itself and has not is ended. */
  const refusal = async ({ child, ended }: ReturnType<typeof start>) => {
    const giveUp = setTimeout(() => child.kill('SIGKILL'), 30_000);
    const { code, err } = await ended;
    clearTimeout(giveUp);
    return [code, err];
  };

  it.each([
    ['the signer', 'log.key', startSigner],
    ['a witness', 'witness.key', startWitness],
  ])('that others could read is refused by %s', async (_, name, begin) => {
    for (const mode of [0o640, 0o604]) {
      chmodSync(at(name), mode);
      expect(await refusal(begin(at(name)))).toEqual([
        2,
        expect.stringMatching(
          `Key file ${at(name)}: others than its owner may read it; run: chmod 600`,
        ),
      ]);
    }
    chmodSync(at(name), 0o600);
  });

  it('of a witness signs for no log, and one of a log is no witness', async () => {
    expect(await refusal(startSigner(at('witness.key')))).toEqual([
      2,
      expect.stringMatching(/a key of type 4, not 1/),
    ]);
    expect(await refusal(startWitness(at('log.key')))).toEqual([
      2,
      expect.stringMatching(/a key of type 1, not 4/),
    ]);
  });
});

describe('mingcha admin rotate-key', () => {
  const vkeys: Record<'old' | 'new' | 'other' | 'witness', string> = {
    old: '',
    new: '',
    other: '',
    witness: '',
  };

  beforeAll(async () => {
    for (const which of Object.keys(vkeys) as (keyof typeof vkeys)[]) {
      const name = which === 'other' ? 'other.example/log' : LOG;
      const type = which === 'witness' ? ['--witness'] : [];
      vkeys[which] = JSON.parse(
        (await makeKey('--name', name, '--file', at(`${which}.rot`), ...type)).out,
      ).key;
    }
  });

  const given = (options: Record<string, string>) =>
    mingcha(
      [
        'admin',
        'rotate-key',
        ...Object.entries(options).flatMap(([name, value]) =>
          value === '' ? [`--${name}`] : [`--${name}`, value],
        ),
      ],
      // Nobody listens there: what is refused before is refused without a database.
      { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' },
    );

  it.each<[string, (keys: typeof vkeys) => Record<string, string>, RegExp]>([
    [
      'without the new key',
      (keys) => ({ old: keys.old, reason: 'x' }),
      /needs --old VKEY, --new VKEY and --reason/,
    ],
    [
      'without a reason',
      (keys) => ({ old: keys.old, new: keys.new }),
      /needs --old VKEY, --new VKEY and --reason/,
    ],
    [
      'with an empty reason',
      (keys) => ({ old: keys.old, new: keys.new, reason: ' ' }),
      /--reason is empty/,
    ],
    [
      'to the key of another log',
      (keys) => ({ old: keys.old, new: keys.other, reason: 'x' }),
      /the old key is of 'city.example\/mingcha', the new one of 'other.example\/log'/,
    ],
    [
      'to a new origin of the same name',
      (keys) => ({ old: keys.old, new: keys.new, reason: 'x', 'new-origin': '' }),
      /with --new-origin the new key has another name/,
    ],
    [
      'to the same key',
      (keys) => ({ old: keys.old, new: keys.old, reason: 'x' }),
      /the old and the new key are the same/,
    ],
    [
      'to the key of a witness',
      (keys) => ({ old: keys.old, new: keys.witness, reason: 'x' }),
      /--new is the key of a witness/,
    ],
    [
      'from what is no key',
      (keys) => ({ old: keys.old.replace('mingcha+', 'mingchi+'), new: keys.new, reason: 'x' }),
      /--old: Verifier key .* its id is/,
    ],
  ])('refuses a change %s with exit code 2', async (_, options, words) => {
    const { code, out, err } = await given(options(vkeys));
    expect([code, out, err]).toEqual([2, '', expect.stringMatching(words)]);
  });

  it('says with exit code 4 that nothing was changed where the database is away', async () => {
    const { code, out, err } = await given({ old: vkeys.old, new: vkeys.new, reason: 'x' });
    expect([code, out, err]).toEqual([4, '', expect.stringMatching(/Nothing was changed/)]);
  });
});
