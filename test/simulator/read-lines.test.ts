import { describe, expect, it } from '@jest/globals';
import { truthOf } from '#simulator/simulate.js';
import { truthLines } from '#simulator/truth.js';
import { readFindings, readTruth } from '../../apps/cli/score/read-lines.js';

async function* linesOf(lines: Iterable<string>): AsyncGenerator<string> {
  yield* lines;
}

describe('reading what is scored', () => {
  it('reads back the answer key that was written', async () => {
    const truth = truthOf({ seed: 2, cases: 600, days: 30, startOn: '2025-03-03' });
    expect(await readTruth('truth.jsonl', linesOf(truthLines(truth)))).toEqual(truth);
  });

  it('names file, line and fault of a line that cannot be read', async () => {
    const lines = ['{"kind":"run","asOf":"2025-01-01T00:00:00+08:00","cases":1}', '{"kind":'];
    await expect(readTruth('truth.jsonl', linesOf(lines))).rejects.toThrow(
      'truth.jsonl:2: not JSON',
    );
    await expect(readFindings('f.jsonl', linesOf(['{"ruleId":"OD-01"}']))).rejects.toThrow(
      'f.jsonl:1: "subject" is missing',
    );
    await expect(readTruth('f.jsonl', linesOf([]))).rejects.toThrow('answer key');
  });
});
