import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TrailOffice } from './trail-office.js';

describe('mingcha verify --database on an honest trail', () => {
  let office: TrailOffice;

  beforeAll(async () => {
    office = await TrailOffice.open();
    for (let stretch = 0; stretch < 3; stretch += 1) await office.goOn(4);
  });
  afterAll(() => office.close());

  it('finds nothing, with keys and with what signer and witnesses remember', async () => {
    const { code, out, err } = await office.verifyAll();
    expect([code, out, err]).toEqual([0, expect.stringContaining('no change was found'), '']);
  });
});
