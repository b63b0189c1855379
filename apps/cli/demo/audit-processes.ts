import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { makeKeyFile } from '#audit-keys/key-file.js';
import { freePorts } from '../env/free-port.js';
import { type AppProcess, startApp } from './monitor-process.js';

const STARTED_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;
const ORIGIN = 'demo.example/mingcha';
const WITNESS = 'demo.example/witness';

/** What a signer or witness last signed. */
export interface SignedSize {
  readonly origin: string;
  readonly size: number;
  readonly root: string | null;
}

/** Signer, witness and sequencer of one database, with keys made for them. */
export interface AuditProcesses {
  readonly origin: string;
  /** Verifier keys. */
  readonly logKey: string;
  readonly witnessKey: string;
  /** Settings of the sequencer, for one that is started again or beside it. */
  readonly sequencerEnv: Readonly<Record<string, string>>;
  readonly apps: readonly AppProcess[];
  /** What they remember themselves, asked now. */
  signed(who: 'signer' | 'witness'): Promise<SignedSize>;
  stop(): Promise<void>;
}

/** Starts the three, each as in production; keys, states and logs go into the folder. The database has to be migrated. */
export async function startAuditProcesses(
  folder: string,
  databaseUrl: string,
  env: Readonly<Record<string, string>> = {},
): Promise<AuditProcesses> {
  const keys = join(folder, 'keys');
  mkdirSync(keys, { recursive: true, mode: 0o700 });
  const logKey = makeKeyFile(join(keys, 'log.key'), ORIGIN, 1);
  const witnessKey = makeKeyFile(join(keys, 'witness.key'), WITNESS, 4);
  const [signerPort, witnessPort] = (await freePorts(2)) as [number, number];
  const urls = {
    signer: `http://127.0.0.1:${signerPort}`,
    witness: `http://127.0.0.1:${witnessPort}`,
  };
  const token = randomBytes(32).toString('hex');
  const sequencerEnv = {
    DATABASE_URL: databaseUrl,
    MINGCHA_LOG_ORIGIN: ORIGIN,
    MINGCHA_LOG_KEYS: logKey,
    MINGCHA_SIGNER_URL: urls.signer,
    MINGCHA_SIGNER_TOKEN: token,
    MINGCHA_WITNESSES: `${witnessKey}@${urls.witness}`,
    MINGCHA_WITNESS_QUORUM: '1',
    ...env,
  };
  const start = (name: string, settings: Readonly<Record<string, string>>) =>
    startApp(name, settings, join(folder, `${name}.log`));
  const signer = start('signer', {
    MINGCHA_LOG_ORIGIN: ORIGIN,
    MINGCHA_SIGNER_KEYS: join(keys, 'log.key'),
    MINGCHA_SIGNER_STATE: join(folder, 'signer-state'),
    MINGCHA_SIGNER_TOKEN: token,
    MINGCHA_SIGNER_PORT: String(signerPort),
    ...env,
  });
  const witness = start('witness', {
    MINGCHA_WITNESS_KEY: join(keys, 'witness.key'),
    MINGCHA_WITNESS_LOGS: logKey,
    MINGCHA_WITNESS_STATE: join(folder, 'witness-state'),
    MINGCHA_WITNESS_PORT: String(witnessPort),
    ...env,
  });
  const sequencer = start('sequencer', sequencerEnv);
  const apps = [signer, witness, sequencer];
  const stop = async () => {
    await Promise.all(apps.map((app) => app.stop()));
  };
  const signed = async (who: 'signer' | 'witness') => {
    const answer = await fetch(`${urls[who]}/health`);
    const { logs } = (await answer.json()) as { logs: SignedSize[] };
    return logs[0] as SignedSize;
  };
  try {
    await Promise.all([untilItAnswers(signer, urls.signer), untilItAnswers(witness, urls.witness)]);
  } catch (error) {
    await stop();
    throw error;
  }
  return { origin: ORIGIN, logKey, witnessKey, sequencerEnv, apps, signed, stop };
}

async function untilItAnswers(app: AppProcess, url: string): Promise<void> {
  let ended = false;
  void app.ended.then(() => {
    ended = true;
  });
  const giveUpAt = Date.now() + STARTED_WITHIN_MS;
  while (!ended && Date.now() < giveUpAt) {
    const answers = await fetch(`${url}/health`).then(
      () => true,
      () => false,
    );
    if (answers) return;
    await wait(LOOK_EVERY_MS);
  }
  throw new Error(`the ${app.name} did not start; its log says why`);
}
