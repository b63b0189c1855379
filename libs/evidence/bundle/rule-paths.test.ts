import { describe, expect, it } from '@jest/globals';
import { isBundlePath } from '../zip.js';
import { rulePaths } from './rule-paths.js';

describe('paths of rule files', () => {
  it('are their names, where those can stand in a bundle', () => {
    const names = ['approval/od-02.yaml', 'approval/old/od-02-v1.yaml', 'city.yml'];
    expect(rulePaths(names)).toEqual(names);
  });

  it.each<[string, string[], string[]]>([
    [
      'names of other letters that become the same',
      ['approval/超期.yaml', 'approval/逾期.yaml', 'approval/补正.yaml'],
      ['approval/__.yaml', 'rules-2/__.yaml', 'rules-3/__.yaml'],
    ],
    [
      'the same name below two places that are called the same',
      ['rules/od-02.yaml', 'rules/od-02.yaml'],
      ['rules/od-02.yaml', 'rules-2/od-02.yaml'],
    ],
    [
      'names that differ in case alone',
      ['a/OD-02.yaml', 'a/od-02.yaml'],
      ['a/OD-02.yaml', 'rules-2/od-02.yaml'],
    ],
    ['a hidden file', ['a/.hidden.yaml'], ['a/_hidden.yaml']],
    ['a place that is a point', ['./od-02.yaml'], ['_/od-02.yaml']],
    ['a file called as the list', ['index.json'], ['rules-2/index.json']],
    ['a file called as a folder', ['a/x.yaml', 'a'], ['a/x.yaml', 'rules-2/a']],
    ['a folder called as a file', ['a', 'a/x.yaml'], ['a', 'rules-2/x.yaml']],
  ])('make %s their own', (_name, names, paths) => {
    expect(rulePaths(names)).toEqual(paths);
  });

  it('of long names are short enough for a bundle', () => {
    const long = `approval/${'规'.repeat(200)}/${'x'.repeat(140)}.yaml`;
    const [one, other] = rulePaths([long, long]);
    for (const path of [one, other]) expect(isBundlePath(`data/rules/${path}`)).toBe(true);
    expect(one).not.toBe(other);
    expect(one?.endsWith('.yaml')).toBe(true);
  });
});
