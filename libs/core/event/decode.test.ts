import { describe, expect, it } from '@jest/globals';
import { createDecoder } from './decode.js';

describe('x', () => {
  it('decodes', () => {
    const d = createDecoder({
      feeds: (source) => ({ source, authority: 'BD', agreedDelayHours: 24, batch: false }),
    });
    const ev = {
      specversion: '1.0',
      id: 'e1',
      source: 'bd-spj',
      type: 'approval.accepted',
      subject: 'N1',
      time: '2025-09-15T10:00:00+08:00',
      data: {
        vocabularyVersion: '1.0',
        recordedAt: '2025-09-15T10:01:00+08:00',
        occurredPrecision: 'second',
        agencyCode: '111306000000000000'.slice(0, 18),
        regionCode: '130600',
        itemCode: '0001',
        itemVersion: '3',
        operator: { staffNo: 'A1', name: '张三', unitCode: 'U1' },
        responsible: { staffNo: 'A2', name: '李四', post: '科长', unitCode: 'U1' },
        dataVersion: 1,
        acceptanceNo: '受理〔2025〕1',
        acceptedOn: '2025-09-15',
        statutoryLimit: { value: 20, unit: 'G' },
        promisedLimit: { value: 10, unit: 'G' },
        materials: [
          { code: 'M1', name: '申请表', required: true, form: 'paper', status: 'received' },
          { code: 'M2', name: '身份证', required: true, form: 'shared', status: 'received' },
        ],
      },
    };
    const value = new TextEncoder().encode(JSON.stringify(ev));
    const rec = { value, receivedAt: 5, digest: 'ab' };
    const out = d.decode(rec);
    console.log(value.length, out);
    for (let r = 0; r < 3; r++) {
      let t = performance.now();
      for (let i = 0; i < 50000; i++) d.decode(rec);
      const total = ((performance.now() - t) / 50000) * 1000;
      t = performance.now();
      const td = new TextDecoder('utf-8', { fatal: true });
      for (let i = 0; i < 50000; i++) JSON.parse(td.decode(value));
      console.log(total.toFixed(2), 'us; parse only', ((performance.now() - t) / 50).toFixed(2));
    }
    expect(out.ok).toBe(true);
  });
});
