import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it } from '@jest/globals';
import { verifyEd25519 } from '#audit-keys/ed25519.js';
import { makeKeyFile } from '#audit-keys/key-file.js';
import { formatCheckpoint } from '#core/audit/note/checkpoint.js';
import { parseVerifierKey } from '#core/audit/note/note-key.js';
import { parseNote, verifyNote } from '#core/audit/note/signed-note.js';
import { formatAddCheckpoint } from '#core/audit/note/witness-request.js';
import { EMPTY_TREE, growTree, rootOf } from '#core/audit/tree/hash-tree.js';
import { proveConsistency } from '#core/audit/tree/proof.js';
import { type AppProcess, startApp } from '../../apps/cli/demo/monitor-process.js';
import { freePorts } from '../../apps/cli/env/free-port.js';

const folder = mkdtempSync(join(tmpdir(), 'mingcha-signer-'));
const ORIGIN = 'log.example/signer';
const TOKEN = 'a token of some length';
const vkey = makeKeyFile(join(folder, 'log.key'), ORIGIN, 1);
const started: AppProcess[] = [];

afterEach(async () => {
  await Promise.all(started.splice(0).map((app) => app.stop()));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Signer {
  readonly app: AppProcess;
  readonly url: string;
}

async function startSigner(state: string, env: Record<string, string> = {}): Promise<Signer> {
  const [port] = (await freePorts(1)) as [number];
  const app = startApp(
    'signer',
    {
      MINGCHA_LOG_ORIGIN: ORIGIN,
      MINGCHA_SIGNER_KEYS: join(folder, 'log.key'),
      MINGCHA_SIGNER_STATE: join(folder, state),
      MINGCHA_SIGNER_TOKEN: TOKEN,
      MINGCHA_SIGNER_PORT: String(port),
      ...env,
    },
    join(folder, 'signer.log'),
  );
  started.push(app);
  const url = `http://127.0.0.1:${port}`;
  for (const giveUpAt = Date.now() + 20_000; Date.now() < giveUpAt; await wait(30))
    if (
      await fetch(`${url}/health`).then(
        () => true,
        () => false,
      )
    )
      break;
  return { app, url };
}

const leaves = (size: number, fork: number) =>
  Array.from({ length: size }, (_, index) => new Uint8Array(32).fill(index % 251).fill(fork, 31));

function body(old: number, size: number, fork = 0): string {
  const nodes = new Map<string, Uint8Array>();
  const tree = growTree(EMPTY_TREE, leaves(size, fork), undefined, (level, index, hash) =>
    nodes.set(`${level}/${index}`, hash),
  );
  const text = formatCheckpoint({ origin: ORIGIN, size, root: rootOf(tree), extensions: [] });
  const proof =
    old === 0 || old >= size
      ? []
      : proveConsistency(old, size, (level, index) => nodes.get(`${level}/${index}`)!);
  return formatAddCheckpoint({ oldSize: old, proof, note: `${text}\n` });
}

async function ask(url: string, request: string, token = TOKEN) {
  const answer = await fetch(`${url}/add-checkpoint`, {
    method: 'POST',
    body: request,
    headers: { authorization: `Bearer ${token}` },
  });
  return {
    status: answer.status,
    type: answer.headers.get('content-type'),
    text: await answer.text(),
  };
}

describe('the signer', () => {
  it('signs for whom shows the token, and refuses rollback and fork after a restart as well', async () => {
    const first = await startSigner('state');
    expect((await ask(first.url, body(0, 5), 'another token of a length')).status).toBe(401);
    const signed = await ask(first.url, body(0, 5));
    expect(signed.status).toBe(200);
    const { text } = parseNote(body(0, 5).replace('old 0\n\n', ''));
    expect(
      verifyNote(parseNote(`${text}\n${signed.text}`), [parseVerifierKey(vkey)], verifyEd25519),
    ).toHaveLength(1);
    first.app.kill9();
    await first.app.ended;
    const second = await startSigner('state');
    expect(await ask(second.url, body(0, 3))).toEqual({
      status: 409,
      type: 'text/x.tlog.size',
      text: '5\n',
    });
    expect((await ask(second.url, body(5, 3))).status).toBe(400);
    expect((await ask(second.url, body(5, 5, 9))).status).toBe(409);
    expect((await ask(second.url, body(5, 9, 9))).status).toBe(422);
    expect((await ask(second.url, body(5, 9))).status).toBe(200);
    const health = await (await fetch(`${second.url}/health`)).json();
    expect(health).toMatchObject({ ready: true, logs: [{ origin: ORIGIN, size: 9 }] });
  });

  it('killed at any moment has never given out what it does not remember', async () => {
    let remembered = 0;
    let given = 0;
    let killed = 0;
    for (let round = 0; round < 6; round += 1) {
      const { app, url } = await startSigner('killed');
      const health = (await (await fetch(`${url}/health`)).json()) as { logs: { size: number }[] };
      remembered = health.logs[0]?.size ?? 0;
      // What was given out before the kill is remembered; at most one more, whose answer was lost.
      expect(remembered).toBeGreaterThanOrEqual(given);
      expect(remembered).toBeLessThanOrEqual(given + 1);
      if (remembered > 0)
        expect((await ask(url, body(remembered, remembered, 9))).status).toBe(409);
      const timer = setTimeout(() => app.kill9(), randomInt(20, 250));
      given = remembered;
      try {
        for (;;) {
          const { status } = await ask(url, body(given, given + 1));
          expect(status).toBe(200);
          given += 1;
        }
      } catch (error) {
        // By its name: fetch throws the TypeError of another realm.
        if ((error as Error).name !== 'TypeError') throw error;
        killed += 1;
      }
      clearTimeout(timer);
      await app.ended;
    }
    expect(killed).toBe(6);
    expect(given).toBeGreaterThan(6);
  });

  it('belongs to one process: a second on the same state does not start', async () => {
    await startSigner('one');
    const [port] = (await freePorts(1)) as [number];
    const second = startApp(
      'signer',
      {
        MINGCHA_LOG_ORIGIN: ORIGIN,
        MINGCHA_SIGNER_KEYS: join(folder, 'log.key'),
        MINGCHA_SIGNER_STATE: join(folder, 'one'),
        MINGCHA_SIGNER_TOKEN: TOKEN,
        MINGCHA_SIGNER_PORT: String(port),
      },
      join(folder, 'second.log'),
    );
    expect(await second.ended).toBe(2);
  });

  it('with two keys signs with both, so that one can follow the other', async () => {
    const next = makeKeyFile(join(folder, 'next.key'), ORIGIN, 1);
    const { url } = await startSigner('two', {
      MINGCHA_SIGNER_KEYS: `${join(folder, 'log.key')},${join(folder, 'next.key')}`,
    });
    const signed = await ask(url, body(0, 5));
    const { text } = parseNote(body(0, 5).replace('old 0\n\n', ''));
    for (const key of [vkey, next])
      expect(
        verifyNote(parseNote(`${text}\n${signed.text}`), [parseVerifierKey(key)], verifyEd25519),
      ).toHaveLength(1);
  });
});
