import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { closeWriter } from '#store/writer.js';
import { withDatabase } from '#test/env/database.js';
import { STORE } from '#test/store/sample-step.js';
import { SequencerMetrics } from '../../apps/sequencer/metrics.js';
import { SequencerService } from '../../apps/sequencer/sequencer.service.js';
import type { SequencerSettings } from '../../apps/sequencer/settings.js';
import { commitRecords, withAdmin, writerAt } from './records.js';

const SETTINGS: Omit<SequencerSettings, 'databaseUrl'> = {
  origin: 'log.example/one',
  logKeys: [],
  signerUrl: 'http://127.0.0.1:1',
  signerToken: 'a token of some length',
  witnesses: [],
  quorum: 0,
  sequenceMs: 20,
  batch: 100,
  checkpointMs: 600_000,
  indexMs: 0,
  timestamps: null,
  lagMs: 86_400_000,
  host: '127.0.0.1',
  metricsPort: 0,
  logLevel: 'silent',
};

async function until(condition: () => boolean): Promise<void> {
  for (const giveUpAt = Date.now() + 30_000; !condition(); await wait(50))
    if (Date.now() > giveUpAt) throw new Error(`not in time: ${condition}`);
}

describe('a sequencer', () => {
  it('for which another seems to be first again and again tells, until it is over', async () => {
    await withDatabase(STORE, async (url) => {
      await withAdmin(url, (admin) =>
        admin.query(
          `create function refuse_leaf() returns trigger language plpgsql as
             $$ begin raise unique_violation using message = 'that place is taken'; end $$;
           create trigger refuse_leaf before insert on audit_leaf execute function refuse_leaf()`,
        ),
      );
      const writer = await writerAt(url);
      await commitRecords(writer, 'a', 3);
      const service = new SequencerService(
        { ...SETTINGS, databaseUrl: url },
        pino({ level: 'silent' }),
        new SequencerMetrics(),
      );
      const told = () => service.alarms.list().filter(({ alarm }) => alarm === 'database');
      try {
        service.onApplicationBootstrap();
        await until(() => told().length > 0);
        expect(told()[0]?.text).toMatch(/Records get no places in the audit tree/);
        await withAdmin(url, (admin) => admin.query('drop trigger refuse_leaf on audit_leaf'));
        await until(() => told().length === 0);
        expect((await service.health()).size).toBe(3);
      } finally {
        await service.onApplicationShutdown();
        await closeWriter(writer);
      }
    });
  });
});
