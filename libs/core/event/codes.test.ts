import { describe, expect, it } from '@jest/globals';
import {
  creditCheckCharacter,
  creditCodeCheck,
  isCreditCodeValid,
  isRegionCodeForm,
} from './codes.js';

describe('统一社会信用代码', () => {
  // Known from outside: the first is the sample code of many published checkers, the others are registered companies.
  it.each(['91350100M000100Y43', '91440300708461136T', '9144030071526726XG'])(
    'accepts the registered code %s',
    (code) => {
      expect(creditCodeCheck(code)).toBe('valid');
    },
  );

  it('counts with weights 3^i mod 31', () => {
    // 3^16 = 43046721 = 31 * 1388603 + 28, so a last body digit 1 weighs 28: (31 - 28) mod 31 = 3.
    expect(creditCheckCharacter('00000000000000001')).toBe('3');
    // The first digit weighs 1: (31 - 1) mod 31 = 30, the last character of the alphabet.
    expect(creditCheckCharacter('10000000000000000')).toBe('Y');
    expect(creditCheckCharacter('00000000000000000')).toBe('0');
  });

  it('tells a wrong check character from a broken form', () => {
    expect(creditCodeCheck('91440300708461136A')).toBe('bad-check-character');
    expect(isCreditCodeValid('91440300708461136A')).toBe(false);
    for (const bad of ['9144030070846113', '91440300708461136I', '91440300708461136t', '']) {
      expect(creditCodeCheck(bad)).toBe('bad-form');
    }
  });
});

describe('行政区划代码', () => {
  it.each([
    ['130606', true],
    ['130606001', true],
    ['130606001002', true],
    ['13', false],
    ['1306060', false],
    ['13060A', false],
    ['130606\n', false],
  ])('%j: %s', (code, expected) => {
    expect(isRegionCodeForm(code)).toBe(expected);
  });
});
