// Prints one JSON line: `{ "java": path, "classpath": "…/lib/*" }`, or
// `{ "unavailable": "java" | "maven" | "jars", "detail": text }`. Everything else goes to stderr.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall } from './apt.mjs';
import { capture, say } from './child-process.mjs';
import { withLock } from './file-lock.mjs';
import { cacheRoot } from './places.mjs';

const KAFKA_VERSION = '4.4.0';
const JAVA_MAJOR = 17;
const COPY_DEPENDENCIES =
  'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies';
const directory = join(cacheRoot, `kafka-${KAFKA_VERSION}`);

// Kafka names no logger of its own; the simple one writes to stderr.
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>mingcha</groupId>
  <artifactId>kafka-jars</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${KAFKA_VERSION}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

class Unavailable extends Error {
  constructor(what, detail) {
    super(detail);
    this.what = what;
  }
}

function findJava() {
  const candidates = [process.env.JAVA_HOME && join(process.env.JAVA_HOME, 'bin', 'java'), 'java'];
  return candidates.filter(Boolean).find((java) => {
    const { status, stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' });
    return status === 0 && Number(/version "(\d+)/.exec(stderr)?.[1]) >= JAVA_MAJOR;
  });
}

function hasMaven() {
  return spawnSync('mvn', ['--version'], { stdio: 'ignore' }).status === 0;
}

async function ensureJava() {
  const found = findJava();
  if (found !== undefined) return found;
  await aptInstall('openjdk-21-jre-headless', 'openjdk-17-jre-headless', 'default-jre-headless');
  const installed = findJava();
  if (installed !== undefined) return installed;
  throw new Unavailable(
    'java',
    `no Java ${JAVA_MAJOR} or newer: install one, or set KAFKA_BROKERS`,
  );
}

async function fetchJars() {
  if (!hasMaven()) await aptInstall('maven');
  if (!hasMaven()) throw new Unavailable('maven', 'no Maven: install one, or set KAFKA_BROKERS');
  say(`fetching Apache Kafka ${KAFKA_VERSION} into ${directory} (once)`);
  const staging = mkdtempSync(`${directory}-`);
  try {
    const pom = join(staging, 'pom.xml');
    writeFileSync(pom, POM);
    const lib = join(staging, 'lib');
    const args = ['-q', '-B', '-f', pom, COPY_DEPENDENCIES, `-DoutputDirectory=${lib}`];
    const { code, output } = await capture('mvn', args, { cwd: staging });
    if (code !== 0) {
      const text = `Maven could not fetch Apache Kafka ${KAFKA_VERSION} (it ended with ${code})`;
      throw new Unavailable('jars', `${text}:\n${output.trimEnd()}`);
    }
    // A folder of this name is complete: it appears whole or not at all.
    renameSync(staging, directory);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

async function ensureKafka() {
  const java = await ensureJava();
  if (!existsSync(directory)) {
    mkdirSync(cacheRoot, { recursive: true });
    await withLock(`${directory}.lock`, async () => {
      if (!existsSync(directory)) await fetchJars();
    });
  }
  return { java, classpath: join(directory, 'lib', '*') };
}

try {
  process.stdout.write(`${JSON.stringify(await ensureKafka())}\n`);
} catch (error) {
  if (!(error instanceof Unavailable)) throw error;
  process.stdout.write(`${JSON.stringify({ unavailable: error.what, detail: error.message })}\n`);
}
