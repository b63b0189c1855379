import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json. */
export const projectRoot = dirname(dirname(fileURLToPath(import.meta.url)));

/** What is fetched once per user and kept: Node, Kafka. MINGCHA_CACHE moves it. */
export const cacheRoot = resolve(process.env.MINGCHA_CACHE ?? join(homedir(), '.cache', 'mingcha'));
