import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

// What deploy/ says, read with no container program: none is needed to test it.

export const ROOT = join(import.meta.dirname, '..', '..');
export const DEPLOY = join(ROOT, 'deploy');

export interface Service {
  readonly image: string;
  readonly build?: unknown;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly env_file?: string;
  readonly secrets?: readonly string[];
  readonly volumes?: readonly string[];
  readonly networks?: readonly string[];
  readonly network_mode?: string;
  readonly ports?: readonly string[];
  readonly profiles?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly resources?: { readonly limits?: Record<string, string | number> } };
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly healthcheck?: { readonly disable?: boolean };
}

export interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

/** A Compose file of deploy/, merge keys applied. */
export function readCompose(file = 'compose.yaml'): Compose {
  return parse(readFileSync(join(DEPLOY, file), 'utf8'), { merge: true }) as Compose;
}

/** The services that run a program of this project: those with our image. */
export function oursOf(compose: Compose): [string, Service][] {
  return Object.entries(compose.services).filter(([, { image }]) => image.includes('mingcha'));
}

/** The program of the project that a service runs (`monitor`), or null. */
export function programOf(service: Service): string | null {
  const words = [...(service.entrypoint ?? []), ...(service.command ?? [])];
  const path = words.find((word) => word.startsWith('/app/dist/apps/'));
  return path?.split('/')[4] ?? null;
}

/** The processes: what can be started by itself and goes on until it is told to stop. */
export function processes(): string[] {
  const folders = readdirSync(join(ROOT, 'apps'));
  return folders.filter(
    (name) => name !== 'cli' && existsSync(join(ROOT, 'apps', name, 'main.ts')),
  );
}

export interface ExampleSetting {
  readonly name: string;
  readonly value: string;
  /** The lines of comment above it, back to the last empty line or heading. */
  readonly explained: boolean;
}

/** The settings of .env.example, in order. */
export function exampleSettings(): ExampleSetting[] {
  const found: ExampleSetting[] = [];
  let explained = false;
  for (const line of readFileSync(join(DEPLOY, '.env.example'), 'utf8').split('\n')) {
    const [, name, value] = /^#?([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name !== undefined) found.push({ name, value: value ?? '', explained });
    else explained = line.startsWith('# ') && !line.startsWith('# ---');
  }
  return found;
}

const SETTING =
  /(?:'|\benv\.)((?:MINGCHA|KAFKA)_[A-Z0-9_]*[A-Z0-9]|DATABASE_URL|EVENT_LOG|LOG_LEVEL)\b/g;
const SECRET = /\.secret\('([A-Z0-9_]+)'\)/g;
/** Not part of a deployment: the servers and processes of demo and tests, and the console, which runs in browsers. */
const NOT_DEPLOYED = /^apps\/(cli\/(env|demo)|console)\//;

/** Names of all settings that code of the processes and of `mingcha` reads, as they stand in it. */
export function codeSettings(): Set<string> {
  const names = new Set<string>();
  for (const folder of ['apps', 'libs'])
    for (const file of readdirSync(join(ROOT, folder), { recursive: true }) as string[]) {
      const path = `${folder}/${file}`;
      if (!path.endsWith('.ts') || path.endsWith('.test.ts') || NOT_DEPLOYED.test(path)) continue;
      const text = readFileSync(join(ROOT, path), 'utf8');
      for (const [, name] of text.matchAll(SETTING)) names.add(name as string);
      for (const [, name] of text.matchAll(SECRET)) names.add(`${name}_FILE`);
    }
  return names;
}

/** Secrets that may stand in the environment of a process started by hand; a deployment gives them as files. */
export const INLINE_SECRETS = [
  'DATABASE_URL',
  'MINGCHA_MASTER_KEY',
  'KAFKA_SASL_PASSWORD',
  'KAFKA_TLS_KEY_PASSPHRASE',
  'MINGCHA_SIGNER_TOKEN',
];

/** An example of what has no default and no place of its own in compose.yaml. */
export interface LogNames {
  readonly origin: string;
  readonly logKey: string;
  readonly witnessKey: string;
}

/** Settings that .env leaves open, for a log with one witness. */
export function logSettings({ origin, logKey, witnessKey }: LogNames): Record<string, string> {
  return {
    MINGCHA_LOG_ORIGIN: origin,
    MINGCHA_LOG_KEYS: logKey,
    MINGCHA_WITNESSES: `${witnessKey}@http://witness:7602`,
    MINGCHA_WITNESS_LOGS: logKey,
    MINGCHA_ORGANIZATION: '监督检查室',
  };
}
