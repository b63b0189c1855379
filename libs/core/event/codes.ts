/** Alphabet of 统一社会信用代码 (GB 32100-2015): digits and capitals without I, O, S, V, Z. */
export const CREDIT_CODE_ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** Form of a 统一社会信用代码: 18 characters of its alphabet. The check character is a separate question. */
export const CREDIT_CODE_FORM = /^[0-9A-HJ-NPQRTUWXY]{18}$/;

/** Form of a 行政区划代码: 6 digits county, 9 township, 12 village. */
export const REGION_CODE_FORM = /^[0-9]{6}(?:[0-9]{3}(?:[0-9]{3})?)?$/;

/** Weights 3^i mod 31 for i = 0…16. */
const WEIGHTS = Array.from({ length: 17 }, (_, i) => {
  let weight = 1;
  for (let n = 0; n < i; n += 1) weight = (weight * 3) % 31;
  return weight;
});

/**
 * The check character that the first 17 characters of a 统一社会信用代码 call for (GB 32100-2015:
 * (31 − Σ mod 31) mod 31 in the same alphabet), or null where one of them is outside the alphabet.
 */
export function creditCheckCharacter(first17: string): string | null {
  if (first17.length < 17) return null;
  let sum = 0;
  for (let i = 0; i < 17; i += 1) {
    const value = CREDIT_CODE_ALPHABET.indexOf(first17[i] ?? '?');
    if (value < 0) return null;
    sum += value * (WEIGHTS[i] ?? 0);
  }
  return CREDIT_CODE_ALPHABET[(31 - (sum % 31)) % 31] ?? null;
}

export type CreditCodeCheck = 'valid' | 'bad-form' | 'bad-check-character';

/** Judges a 统一社会信用代码. `bad-form` breaks the contract; `bad-check-character` is accepted and raises DQ-10. */
export function creditCodeCheck(code: string): CreditCodeCheck {
  if (!CREDIT_CODE_FORM.test(code)) return 'bad-form';
  return creditCheckCharacter(code.slice(0, 17)) === code[17] ? 'valid' : 'bad-check-character';
}

/** True for 6, 9 or 12 digits; whether the region exists on a date is for the region table to say. */
export function isRegionCodeForm(code: string): boolean {
  return REGION_CODE_FORM.test(code);
}

/** True where both the form and the check character are right. */
export function isCreditCodeValid(code: string): boolean {
  return creditCodeCheck(code) === 'valid';
}
