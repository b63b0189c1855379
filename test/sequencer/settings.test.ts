import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { makeKeyFile } from '#audit-keys/key-file.js';
import { type Env, SettingsError } from '#settings/env-reader.js';
import { CheckpointClient, RefusedCheckpointError } from '../../apps/sequencer/add-checkpoint.js';
import { readSettings } from '../../apps/sequencer/settings.js';

const folder = mkdtempSync(join(tmpdir(), 'mingcha-sequencer-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ORIGIN = 'log.example/one';
const log = makeKeyFile(join(folder, 'log.key'), ORIGIN, 1);
const one = makeKeyFile(join(folder, 'one.key'), 'one.example', 4);
const two = makeKeyFile(join(folder, 'two.key'), 'two.example', 4);

function faultsOf(witnesses: string): readonly string[] {
  const env: Env = {
    DATABASE_URL: 'postgres://127.0.0.1/mingcha',
    MINGCHA_LOG_ORIGIN: ORIGIN,
    MINGCHA_LOG_KEYS: log,
    MINGCHA_SIGNER_URL: 'http://127.0.0.1:1',
    MINGCHA_SIGNER_TOKEN: 'a token of some length',
    MINGCHA_WITNESSES: witnesses,
  };
  try {
    readSettings(env);
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
}

describe('the witnesses of a sequencer', () => {
  it('are as many as there are keys: one key at two addresses is refused', () => {
    expect(faultsOf(`${one}@http://a,${two}@http://b`)).toEqual([]);
    expect(faultsOf(`${one}@http://a,${one}@http://b`)).toEqual([
      expect.stringMatching(/names the key of 'one.example' twice/),
    ]);
  });

  it('are not read any further than signature lines can be long', async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.end(Buffer.alloc(16_385, 'x'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const client = new CheckpointClient({ name: 'The witness one', url, token: null });
    const asked = client.ask({ size: 1, note: 'x\n', proofFrom: () => Promise.resolve([]) });
    await expect(asked).rejects.toThrow(RefusedCheckpointError);
    await expect(asked).rejects.toThrow(/more than 16384 bytes/);
    server.close();
  });
});
