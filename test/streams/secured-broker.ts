import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { hasProgram } from '#test/env/needed-program.js';
import { freePorts } from '../../apps/cli/env/free-port.js';
import { GuardedProcess } from '../../apps/cli/env/guarded-process.js';

const run = promisify(execFile);

export interface SecuredBroker {
  /** SASL over TLS; a client certificate is required. */
  readonly address: string;
  readonly username: string;
  readonly password: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  stop(): Promise<void>;
}

export const hasOpenssl = hasProgram('openssl');

/** One certificate authority, one certificate for the broker and one for its client. */
async function makeCertificates(folder: string): Promise<void> {
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder });
  const key = ['-newkey', 'rsa:2048', '-nodes', '-days', '2'];
  await openssl(
    'req',
    '-x509',
    ...key,
    '-subj',
    '/CN=test authority',
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
  );
  await writeFile(join(folder, 'names'), 'subjectAltName=IP:127.0.0.1,DNS:localhost');
  for (const name of ['broker', 'client']) {
    await openssl(
      'req',
      ...key,
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    const sign = [
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      'names',
    ];
    await openssl('x509', '-req', '-in', `${name}.csr`, ...sign, '-out', `${name}.pem`);
  }
  const { stdout } = await run('cat', ['broker.key', 'broker.pem'], { cwd: folder });
  await writeFile(join(folder, 'broker-pair.pem'), stdout);
}

function properties(folder: string, password: string, ports: readonly number[]): string {
  const [secured, inner, controller] = ports;
  const login = 'org.apache.kafka.common.security';
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=SECURED://127.0.0.1:${secured},INNER://127.0.0.1:${inner},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=SECURED://127.0.0.1:${secured},INNER://127.0.0.1:${inner}
controller.listener.names=CONTROLLER
inter.broker.listener.name=INNER
listener.security.protocol.map=SECURED:SASL_SSL,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=${join(folder, 'data')}
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.secured.plain.sasl.jaas.config=${login}.plain.PlainLoginModule required user_mingcha="${password}";
listener.name.secured.scram-sha-256.sasl.jaas.config=${login}.scram.ScramLoginModule required;
listener.name.secured.scram-sha-512.sasl.jaas.config=${login}.scram.ScramLoginModule required;
listener.name.secured.ssl.keystore.type=PEM
listener.name.secured.ssl.keystore.location=${join(folder, 'broker-pair.pem')}
listener.name.secured.ssl.truststore.type=PEM
listener.name.secured.ssl.truststore.location=${join(folder, 'ca.pem')}
listener.name.secured.ssl.client.auth=required
`;
}

async function untilListening(port: number, server: GuardedProcess): Promise<void> {
  for (let attempt = 0; attempt < 600 && server.running; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(true));
      socket.once('error', () => resolve(false));
      socket.once('close', () => socket.destroy());
      socket.setTimeout(1_000, () => resolve(false));
      socket.once('connect', () => socket.end());
    });
    if (open) return;
    await sleep(100);
  }
  throw new Error(`The secured broker did not start:\n${server.lastWords()}`);
}

/** A Kafka node as an agency runs it: TLS with certificates on both sides, and SASL within. */
export async function startSecuredBroker(): Promise<SecuredBroker> {
  const script = join(import.meta.dirname, '../../scripts/kafka-jars.mjs');
  const { stdout } = await run(process.execPath, [script]);
  const { java, classpath } = JSON.parse(stdout) as { java: string; classpath: string };
  const folder = await mkdtemp(join(tmpdir(), 'mingcha-secured-'));
  await makeCertificates(folder);
  const password = randomBytes(12).toString('hex');
  const ports = await freePorts(3);
  const config = join(folder, 'server.properties');
  await writeFile(config, properties(folder, password, ports));
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=mingcha,password=${password}]`,
  ]);
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
  const format = ['format', '--cluster-id', 'AAAAAAAAAAAAAAAAAAAAAA', '--config', config, ...users];
  await run(java, [quiet, '-cp', classpath, 'kafka.tools.StorageTool', ...format]);
  const server = await GuardedProcess.start({
    command: java,
    args: ['-Xmx384m', quiet, '-cp', classpath, 'kafka.Kafka', config],
    env: process.env,
    cwd: folder,
    logFile: join(folder, 'server.log'),
    endSignal: 'SIGTERM',
    directory: folder,
  });
  await untilListening(ports[0] ?? 0, server);
  return {
    address: `127.0.0.1:${ports[0]}`,
    username: 'mingcha',
    password,
    caFile: join(folder, 'ca.pem'),
    certFile: join(folder, 'client.pem'),
    keyFile: join(folder, 'client.key'),
    stop: async () => {
      await server.end('SIGTERM', 20_000);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
