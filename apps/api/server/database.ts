import type { Pool } from 'pg';
import type { Logger } from 'pino';
import type { DataSource } from 'typeorm';
import { makeDataSource } from '#store/data-source.js';
import type { CaseKeys } from '#store/sealing.js';
import { openWriter, type Writer } from '#store/writer.js';
import { ApiProblem } from '../problem/api-problem.js';
import { RETRY_AFTER } from '../problem/problem-of.js';
import type { ApiSettings } from '../settings.js';

const RETRY_MS = 2_000;

/**
 * The database of the API, always as role mingcha_api. It may be away when the API starts: connecting is then tried
 * again every two seconds, and until it succeeds `source` throws a 503 problem.
 */
export class Database {
  private readonly dataSource: DataSource;
  private readonly writer: Writer;
  private timer: NodeJS.Timeout | null = null;
  private closed = false;

  constructor(
    settings: Pick<ApiSettings, 'databaseUrl' | 'masterKey'>,
    private readonly logger: Logger,
  ) {
    this.dataSource = makeDataSource({
      url: settings.databaseUrl,
      role: 'mingcha_api',
      connections: 8,
    });
    this.writer = openWriter({
      url: settings.databaseUrl,
      role: 'mingcha_api',
      masterKey: settings.masterKey,
      connections: 6,
      applicationName: 'mingcha-api',
    });
  }

  /** Connections for plain SQL. Nothing connects before the first query. */
  get pool(): Pool {
    return this.writer.pool;
  }

  /** For the records that the API writes itself, of look-ups. */
  get recorder(): Writer {
    return this.writer;
  }

  get keys(): CaseKeys | null {
    return this.writer.keys;
  }

  /** For repositories. @throws ApiProblem 503 while the database has never been reached. */
  get source(): DataSource {
    if (!this.dataSource.isInitialized)
      throw new ApiProblem('database-away', { retryAfter: RETRY_AFTER });
    return this.dataSource;
  }

  /** Connects; where that fails, says so once and goes on trying in the background. */
  async connect(first = true): Promise<void> {
    try {
      await this.dataSource.initialize();
      if (this.closed) await this.dataSource.destroy();
      else if (!first) this.logger.info('The database can be reached');
    } catch (error) {
      if (this.closed) return;
      if (first)
        this.logger.warn({ err: error }, 'The database cannot be reached; trying again every 2 s');
      this.timer = setTimeout(() => void this.connect(false), RETRY_MS);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.timer !== null) clearTimeout(this.timer);
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
    await this.writer.pool.end();
  }
}
