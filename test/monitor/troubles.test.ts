import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { Troubles } from '../../apps/monitor/troubles.js';

function watched() {
  const told: string[] = [];
  const clock = { now: 1_000_000 };
  const logger = pino(
    {},
    {
      write: (line: string) => {
        const { msg, failures } = JSON.parse(line) as { msg: string; failures: number };
        told.push(`${(clock.now - 1_000_000) / 1_000}: ${msg.slice(0, 12)} ${failures}`);
      },
    },
  );
  return { told, clock, troubles: new Troubles(logger, () => clock.now) };
}

const withCode = (code: string, message: string) => Object.assign(new Error(message), { code });
const AWAY = withCode('ECONNREFUSED', 'connect ECONNREFUSED');
const FULL = withCode('53100', 'could not extend file "base/5/16384": No space left on device');

describe('the troubles of a monitor', () => {
  it('are told at once, then at growing intervals with their number, and once when they are over', () => {
    const { told, clock, troubles } = watched();
    for (let second = 0; second < 100; second += 0.25) {
      clock.now = 1_000_000 + second * 1_000;
      troubles.begin('ticks', AWAY, { doing: 'a tick failed' });
      troubles.begin('partition 3', AWAY, { doing: 'a batch was' });
    }
    clock.now = 1_100_000;
    troubles.end('partition 3');
    troubles.end('ticks');
    troubles.end('ticks');
    expect(told).toEqual([
      '0: a tick faile 1',
      '0: a batch was 2',
      '10: a tick faile 81',
      '30: a tick faile 241',
      '70: a tick faile 561',
      '100: over after 1 800',
    ]);
    expect(troubles.reason()).toBeNull();
  });

  it('that flicker are told no oftener than those that stay', () => {
    const { told, clock, troubles } = watched();
    for (let second = 0; second < 30; second += 1) {
      clock.now = 1_000_000 + second * 1_000;
      troubles.begin('ticks', FULL, { doing: 'a tick failed' });
      troubles.end('ticks');
    }
    expect(told).toEqual([
      '0: a tick faile 1',
      '0: over after 0 1',
      '10: a tick faile 11',
      '10: over after 1 11',
    ]);
  });

  it('say what is wrong, where and what to do: a full disk', () => {
    const { troubles } = watched();
    troubles.begin('partition 2', FULL, { doing: 'x' });
    expect(troubles.reason()).toBe(
      'partition 2: The disk of the PostgreSQL server is full (SQLSTATE 53100: could not extend file ' +
        '"base/5/16384": No space left on device). Make room where its data directory, its write-ahead log and its ' +
        'tablespaces lie; nothing needs to be restarted.',
    );
    troubles.begin('partition 2', AWAY, { doing: 'x' });
    expect(troubles.reason()).toMatch(/^partition 2: The PostgreSQL server does not answer/);
    troubles.end('partition 2');
    expect(troubles.reason()).toBeNull();
  });
});
