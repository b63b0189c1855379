const ALPHABET = '0123456789ABCDEFGHJKLMNPQRTUWXY';

/** 统一社会信用代码 of a state organ: registration 1, kind 1, region, organisation number, check character (GB 32100-2015). */
export function creditCode(regionCode: string, organisation: number): string {
  const first17 = `11${regionCode}${String(organisation).padStart(9, '0')}`;
  let weight = 1;
  let sum = 0;
  for (const character of first17) {
    sum += ALPHABET.indexOf(character) * weight;
    weight = (weight * 3) % 31;
  }
  return first17 + ALPHABET.charAt((31 - (sum % 31)) % 31);
}

/** The same code with a check character that is not its own. */
export function withWrongCheck(code: string): string {
  const right = ALPHABET.indexOf(code.charAt(17));
  return code.slice(0, 17) + ALPHABET.charAt((right + 1) % 31);
}
