import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { splitJsonArray } from '../../apps/api/events/split-json-array.js';

const texts = (json: string) =>
  splitJsonArray(Buffer.from(json))?.map((part) => Buffer.from(part).toString('utf8')) ?? null;

describe('splitJsonArray', () => {
  it.each<[string, string[] | null]>([
    ['[]', []],
    [' [ \n ] ', []],
    ['[1]', ['1']],
    ['[1, {"a": [2, 3]}, "],["]', ['1', '{"a": [2, 3]}', '"],["']],
    ['["\\"]", "\\\\", 1e5]', ['"\\"]"', '"\\\\"', '1e5']],
    ['[1,,2]', ['1', '', '2']],
    ['[,]', ['', '']],
    ['[not json, {"a":1}]', ['not json', '{"a":1}']],
    ['[1] 2', null],
    ['[1', null],
    ['["]', null],
    ['[{]', null],
    ['{"a":1}', null],
    ['', null],
  ])('of %j gives %j', (json, parts) => {
    expect(texts(json)).toEqual(parts);
  });

  it('gives the bytes of each element of any JSON array, whatever the spacing', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue()),
        fc.constantFrom(undefined, 1, '\t'),
        (values, space) => {
          const json = JSON.stringify(values, null, space);
          expect(texts(json)?.map((part) => JSON.parse(part) as unknown)).toEqual(JSON.parse(json));
        },
      ),
    );
  });

  it('never throws, whatever the bytes, and loses none but commas and blanks', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'[]{}",\\ a1\n') }), (text) => {
        const parts = texts(`[${text}]`);
        if (parts === null) return;
        const bare = (of: string) => of.replace(/[,\s]/g, '');
        expect(bare(parts.join(''))).toBe(bare(text));
      }),
    );
  });
});
