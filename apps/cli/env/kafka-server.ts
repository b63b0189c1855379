import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { freePorts } from './free-port.js';
import { GuardedProcess } from './guarded-process.js';
import { withProgress } from './progress.js';
import { notOurs, type Server } from './server.js';

export interface KafkaOptions {
  /** Heap of the broker; 512 MiB where absent. */
  readonly heapMiB?: number;
  /** Folder in which the broker's own is made; the system's temporary folder where absent. */
  readonly folder?: string;
  /** True: always a broker of our own, whatever KAFKA_BROKERS says (for tests that kill it). */
  readonly own?: boolean;
}

export interface KafkaServer extends Server {
  readonly kind: 'running';
  /** `host:port` of each broker. */
  readonly brokers: readonly string[];
}

/** Why there is no Kafka here. The Postgres inbox takes its place where that is allowed. */
export interface KafkaUnavailable {
  readonly kind: 'unavailable';
  /** What could neither be found nor installed. */
  readonly missing: 'java' | 'maven' | 'jars';
  readonly detail: string;
}

interface Runtime {
  readonly java: string;
  readonly classpath: string;
}

interface Node {
  readonly directory: string;
  readonly runtime: Runtime;
  readonly heapMiB: number;
}

const READY_WITHIN_MS = 90_000;
const STOP_WITHIN_MS = 20_000;
const START_ATTEMPTS = 3;
// A tool that runs for less than a second gains nothing from the optimising compiler.
const SHORT_RUN = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', '-XX:-UsePerfData'];

function projectRoot(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'scripts', 'kafka-jars.mjs'))) {
    if (folder === dirname(folder)) {
      throw new Error(`scripts/kafka-jars.mjs is in no folder above ${import.meta.dirname}`);
    }
    folder = dirname(folder);
  }
  return folder;
}

/** Output of a short command; its stderr goes to ours. */
async function outputOf(command: string, args: readonly string[]): Promise<string> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  const code = await new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${output}`);
  return output;
}

async function findRuntime(): Promise<Runtime | KafkaUnavailable> {
  const script = join(projectRoot(), 'scripts', 'kafka-jars.mjs');
  const answer = JSON.parse(await outputOf(process.execPath, [script])) as
    | Runtime
    | { unavailable: KafkaUnavailable['missing']; detail: string };
  if ('java' in answer) return answer;
  return { kind: 'unavailable', missing: answer.unavailable, detail: answer.detail };
}

function properties(directory: string, broker: number, controller: number): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${broker}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(directory, 'data')}
auto.create.topics.enable=false
log.message.timestamp.type=LogAppendTime
compression.type=producer
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# After a kill, the controller takes the node back once the session of its former life is over.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.retention.hours=-1
`;
}

async function createNode(
  runtime: Runtime,
  { heapMiB = 512, folder = tmpdir() }: KafkaOptions,
): Promise<Node> {
  const directory = await mkdtemp(join(folder, 'mingcha-kafka-'));
  return { directory, runtime, heapMiB };
}

/** 16 random bytes in base64url, the first below 128: a leading `-` would look like an option. */
function newClusterId(): string {
  const bytes = randomBytes(16);
  bytes[0] = bytes[0]! & 0x7f;
  return bytes.toString('base64url');
}

async function format({ directory, runtime }: Node, broker: number, controller: number) {
  const settings = join(directory, 'server.properties');
  await rm(join(directory, 'data'), { recursive: true, force: true });
  await writeFile(settings, properties(directory, broker, controller));
  const clusterId = newClusterId();
  await outputOf(runtime.java, [
    ...SHORT_RUN,
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    ...['-cp', runtime.classpath, 'kafka.tools.StorageTool'],
    ...['format', '--cluster-id', clusterId, '--config', settings],
  ]);
}

async function isReady(broker: string): Promise<boolean> {
  const admin = new Kafka({
    brokers: [broker],
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 2_000,
    retry: { retries: 0 },
  }).admin();
  try {
    await admin.connect();
    return (await admin.describeCluster()).brokers.length === 1;
  } catch {
    return false;
  } finally {
    await admin.disconnect();
  }
}

async function launch({ directory, runtime, heapMiB }: Node, broker: string) {
  const server = await GuardedProcess.start({
    command: runtime.java,
    args: [
      `-Xms${Math.min(heapMiB, 256)}m`,
      `-Xmx${heapMiB}m`,
      '-XX:+UseG1GC',
      '-XX:-UsePerfData',
      '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
      '-Dorg.slf4j.simpleLogger.showDateTime=true',
      '-cp',
      runtime.classpath,
      'kafka.Kafka',
      join(directory, 'server.properties'),
    ],
    env: { ...process.env, TZ: 'UTC' },
    cwd: directory,
    logFile: join(directory, 'server.log'),
    endSignal: 'SIGTERM',
    directory,
  });
  const giveUpAt = performance.now() + READY_WITHIN_MS;
  while (!(await isReady(broker))) {
    if (server.running && performance.now() < giveUpAt) {
      await sleep(100);
      continue;
    }
    const reason = server.running ? `no answer in ${READY_WITHIN_MS / 1000} s` : 'it ended';
    await server.kill9();
    throw new Error(`Kafka on ${broker} could not be started (${reason}):\n${server.lastWords()}`);
  }
  return server;
}

class OwnKafka implements KafkaServer {
  readonly kind = 'running';
  private server: GuardedProcess | undefined;
  private address = '';

  constructor(private readonly node: Node) {}

  get brokers(): readonly string[] {
    return [this.address];
  }

  get pid(): number | null {
    return this.server?.running ? this.server.pid : null;
  }

  async start(): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      const [broker, controller] = (await freePorts(2)) as [number, number];
      this.address = `127.0.0.1:${broker}`;
      try {
        await format(this.node, broker, controller);
        this.server = await launch(this.node, this.address);
        return;
      } catch (error) {
        // most likely somebody took a port after we had looked
        if (attempt === START_ATTEMPTS) throw error;
      }
    }
  }

  async stop(): Promise<void> {
    await this.server?.end('SIGTERM', STOP_WITHIN_MS);
    await rm(this.node.directory, { recursive: true, force: true });
  }

  async kill9(): Promise<void> {
    await this.server?.kill9();
  }

  async restart(): Promise<void> {
    await this.server?.end('SIGTERM', STOP_WITHIN_MS);
    this.server = await launch(this.node, this.address);
  }
}

/**
 * One Apache Kafka node (KRaft) on free ports of 127.0.0.1: topics are made only on request, and
 * records carry the time at which the broker appended them. It ends with this process, however that
 * ends. Java and the jars are fetched on first use; where they cannot be had, the answer says what
 * is missing. Where KAFKA_BROKERS (host:port, comma-separated) is set, no broker is started.
 */
export async function startKafka(
  options: KafkaOptions = {},
): Promise<KafkaServer | KafkaUnavailable> {
  const given = process.env.KAFKA_BROKERS;
  if (given && !options.own) {
    const refuse = () => Promise.reject(notOurs('KAFKA_BROKERS'));
    const brokers = given.split(',').map((address) => address.trim());
    return {
      kind: 'running',
      brokers,
      pid: null,
      stop: async () => undefined,
      kill9: refuse,
      restart: refuse,
    };
  }
  return withProgress('starting Kafka', async () => {
    const runtime = await findRuntime();
    if ('kind' in runtime) return runtime;
    const server = new OwnKafka(await createNode(runtime, options));
    try {
      await server.start();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  });
}
