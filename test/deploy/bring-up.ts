import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePorts } from '../../apps/cli/env/free-port.js';
import { type Compose, DEPLOY, exampleSettings, oursOf, type Service } from './deployment.js';
import { readDockerfile, wordsOf } from './image.js';

/** Where compose.yaml's names lead to in a test: one network, loopback; folders for what is mounted. */
export interface Place {
  /** The image, as `buildImage` leaves it. */
  readonly image: string;
  readonly folder: string;
  readonly databaseUrl: string;
  readonly brokers: string;
}

export interface Ended {
  readonly code: number | null;
  readonly text: string;
}

const HEALTHY_WITHIN_MS = 90_000;

/**
 * Runs the services of our own image as Compose would, each with the environment, secrets, volumes and command that
 * compose.yaml gives it, but with no container: names of services become loopback and a port, folders of a container
 * become folders of the test.
 */
export class BringUp {
  private readonly running: { name: string; child: ChildProcess; ended: Promise<Ended> }[] = [];
  private readonly ports = new Map<string, number>();
  /** What the operator has written into .env. */
  settings: Readonly<Record<string, string>> = {};

  private constructor(
    private readonly compose: Compose,
    readonly place: Place,
  ) {}

  static async make(compose: Compose, place: Place): Promise<BringUp> {
    const made = new BringUp(compose, place);
    const secrets = join(place.folder, 'secrets');
    execFileSync('sh', [join(DEPLOY, 'make-secrets.sh'), secrets]);
    made.pointAtDatabase(secrets);
    copyFileSync(join(DEPLOY, 'city.example.yaml'), join(place.folder, 'city.yaml'));
    const addresses = new Set(
      oursOf(compose).flatMap(([name, service]) => listeningPorts(name, service)),
    );
    const free = await freePorts(addresses.size);
    for (const address of addresses) made.ports.set(address, free.pop() ?? 0);
    return made;
  }

  /** The addresses of the secrets lead to the test's server; its administrator is the one that they name. */
  private pointAtDatabase(secrets: string): void {
    const server = new URL(this.place.databaseUrl);
    for (const name of readdirSync(secrets).filter((one) => one.endsWith('_url'))) {
      const file = join(secrets, name);
      const url = new URL(readFileSync(file, 'utf8').trim());
      [url.host, url.pathname] = [server.host, server.pathname];
      if (url.username === 'postgres') url.password = server.password;
      execFileSync('rm', ['-f', file]);
      writeFileSync(file, `${url.href}\n`);
    }
    execFileSync('rm', ['-f', join(secrets, 'postgres_password')]);
    writeFileSync(join(secrets, 'postgres_password'), `${server.password}\n`);
  }

  secret(name: string): string {
    return readFileSync(join(this.place.folder, 'secrets', name), 'utf8').trim();
  }

  /** What a process of the service finds in its environment. */
  environment(name: string): Record<string, string> {
    const service = this.compose.services[name] as Service;
    const given = Object.entries(service.environment ?? {});
    const example = exampleSettings().map(
      ({ name: variable, value }) => [variable, value] as const,
    );
    const file = [...example, ...Object.entries(this.settings)];
    return {
      PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      ...Object.fromEntries(
        [...file.filter(([, value]) => value !== ''), ...given].map(([key, value]) => [
          key,
          this.translate(name, service, value),
        ]),
      ),
    };
  }

  /** A text of compose.yaml, with the test's own places for those of the container. */
  private translate(name: string, service: Service, text: string): string {
    let result = text === 'container' ? '127.0.0.1' : text;
    if (this.ports.has(`${name}:${result}`)) return String(this.ports.get(`${name}:${result}`));
    for (const [address, port] of this.ports) {
      const [host, number] = address.split(':');
      if (host === name) result = result.replace(`127.0.0.1:${number}`, `127.0.0.1:${port}`);
      result = result.replace(`http://${address}`, `http://127.0.0.1:${port}`);
    }
    for (const volume of service.volumes ?? []) {
      const [from, to] = volume.split(':') as [string, string];
      result = result.replace(to, join(this.place.folder, 'volumes', from));
    }
    return result
      .replace('kafka:9092', this.place.brokers)
      .replace('/run/secrets', join(this.place.folder, 'secrets'))
      .replace('/etc/mingcha', this.place.folder);
  }

  /**
   * Starts a service; a job ends by itself, a process goes on. With words it is `docker compose run --rm`: they take the
   * place of the service's command.
   */
  start(name: string, instead?: readonly string[]): Promise<Ended> {
    const service = this.compose.services[name] as Service;
    for (const volume of service.volumes ?? [])
      mkdirSync(join(this.place.folder, 'volumes', volume.split(':')[0] as string), {
        recursive: true,
        mode: 0o700,
      });
    const image = readDockerfile().at(-1);
    if (image === undefined) throw new Error('the Dockerfile has no stage');
    const words = [
      ...(service.entrypoint ?? wordsOf(image, 'ENTRYPOINT')),
      ...(instead ?? service.command ?? []),
    ];
    const [program = '', ...args] = words.map((word) =>
      this.translate(name, service, word.replace(/^\/app\//, `${this.place.image}/app/`)),
    );
    const child = spawn(program, args, {
      cwd: join(this.place.image, 'app'),
      env: this.environment(name),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    const hear = (chunk: Buffer) => {
      text += chunk.toString();
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const ended = new Promise<Ended>((resolve) =>
      child.once('close', (code) => resolve({ code, text })),
    );
    this.running.push({ name, child, ended });
    return ended;
  }

  /** Asks as the image's HEALTHCHECK does. */
  health(name: string): Ended {
    const image = readDockerfile().at(-1);
    const words = image === undefined ? [] : wordsOf(image, 'HEALTHCHECK');
    const [program = '', ...args] = words.map((word) =>
      word.replace(/^\/app\//, `${this.place.image}/app/`),
    );
    try {
      const env = this.environment(name);
      return { code: 0, text: execFileSync(program, args, { env }).toString() };
    } catch (error) {
      const { status, stdout } = error as { status: number; stdout: Buffer };
      return { code: status, text: String(stdout) };
    }
  }

  async untilHealthy(name: string): Promise<string> {
    const giveUpAt = performance.now() + HEALTHY_WITHIN_MS;
    for (;;) {
      const { code, text } = this.health(name);
      if (code === 0) return text;
      const fallen = this.running.find((one) => one.name === name)?.child.exitCode ?? null;
      if (fallen !== null || performance.now() > giveUpAt)
        throw new Error(`${name} is not healthy (ended with ${fallen}): ${text}`);
      await sleep(300);
    }
  }

  /** SIGTERM to all, as `docker compose stop` sends it. */
  async stop(): Promise<Map<string, number | null>> {
    const codes = new Map<string, number | null>();
    for (const { name, child, ended } of this.running.splice(0).reverse()) {
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), 30_000);
      codes.set(name, (await ended).code);
      clearTimeout(force);
    }
    return codes;
  }
}

/** `service:port` of everything that a service listens on, as the others and its health check name it. */
function listeningPorts(name: string, { environment = {} }: Service): string[] {
  return Object.entries(environment)
    .filter(([variable]) => variable.endsWith('_PORT'))
    .map(([, port]) => `${name}:${port}`);
}

/** Names of the services to start, in the order that compose.yaml asks for. */
export function startOrder(compose: Compose): string[] {
  const order: string[] = [];
  const visit = (name: string) => {
    if (order.includes(name)) return;
    const service = compose.services[name] as Service;
    for (const before of Object.keys(service.depends_on ?? {})) visit(before);
    order.push(name);
  };
  for (const [name, { profiles }] of Object.entries(compose.services))
    if (profiles === undefined) visit(name);
  return order;
}

/** Whether a service does its work and ends. */
export function isJob(service: Service): boolean {
  return service.restart === 'no';
}
