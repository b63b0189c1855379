import { beforeEach, describe, expect, it } from '@jest/globals';
import { Standstill } from './standstill.js';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const DAY = 24 * 60 * MINUTE;

let standstill: Standstill;

beforeEach(() => {
  standstill = new Standstill({ silentMs: 2 * MINUTE, unsignedMs: 5 * MINUTE }, 0);
});

describe('Standstill', () => {
  it('tells when the trail was not looked at for longer than allowed, and no earlier', () => {
    standstill.measured({ size: 10, signed: 10 }, SECOND);
    expect(standstill.reasons(2 * MINUTE + SECOND)).toEqual([]);
    expect(standstill.reasons(2 * MINUTE + 2 * SECOND)).toEqual([
      'the trail was last looked at 121 s ago',
    ]);
    standstill.looked(2 * MINUTE + 3 * SECOND);
    expect(standstill.reasons(2 * MINUTE + 3 * SECOND)).toEqual([]);
  });

  it('tells from the start when the trail was never looked at', () => {
    expect(standstill.reasons(3 * MINUTE)).toEqual(['the trail was last looked at 180 s ago']);
  });

  it('asks for no new checkpoint while no leaf comes', () => {
    standstill.measured({ size: 10, signed: 10 }, 0);
    standstill.measured({ size: 10, signed: 10 }, 30 * DAY);
    expect(standstill.reasons(30 * DAY)).toEqual([]);
  });

  it('tells when the same leaves stay without a complete checkpoint', () => {
    standstill.measured({ size: 10, signed: 10 }, 30 * DAY);
    standstill.measured({ size: 11, signed: 10 }, 30 * DAY + SECOND);
    standstill.measured({ size: 15, signed: 10 }, 30 * DAY + 5 * MINUTE + SECOND);
    expect(standstill.reasons(30 * DAY + 5 * MINUTE + SECOND)).toEqual([]);
    standstill.measured({ size: 20, signed: 10 }, 30 * DAY + 5 * MINUTE + 2 * SECOND);
    expect(standstill.reasons(30 * DAY + 5 * MINUTE + 2 * SECOND)).toEqual([
      'no complete checkpoint for 301 s: signer or witnesses',
    ]);
    standstill.measured({ size: 20, signed: 20 }, 30 * DAY + 6 * MINUTE);
    expect(standstill.reasons(30 * DAY + 6 * MINUTE)).toEqual([]);
  });

  it('counts anew whenever a checkpoint has covered what waited, though more has come', () => {
    for (let minute = 0; minute < 60; minute += 1)
      standstill.measured({ size: 100 * (minute + 1), signed: 100 * minute }, minute * MINUTE);
    expect(standstill.reasons(59 * MINUTE)).toEqual([]);
  });

  it('does not count the pause until the trail is looked at again', () => {
    standstill = new Standstill({ silentMs: 60 * MINUTE, unsignedMs: 5 * MINUTE }, 0);
    standstill.measured({ size: 10, signed: 5 }, 0);
    expect(standstill.reasons(30 * MINUTE)).toEqual([]);
  });
});
