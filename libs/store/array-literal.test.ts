import { describe, expect, it } from '@jest/globals';
import { arrayLiteral } from './array-literal.js';

describe('arrayLiteral', () => {
  it.each<[readonly (string | number | boolean | null)[], string]>([
    [[], '{}'],
    [[1, -2.5, null], '{1,-2.5,NULL}'],
    [[true, false], '{true,false}'],
    [['SP-1', 'a/b:c.d_e'], '{SP-1,a/b:c.d_e}'],
    [['null', 'NULL', ''], '{"null","NULL",""}'],
    [['say "no"', 'a\\b', '{x,y}', ' 空 '], '{"say \\"no\\"","a\\\\b","{x,y}"," 空 "}'],
  ])('%j is %s', (values, text) => {
    expect(arrayLiteral(values)).toBe(text);
  });
});
