const UNSEEN = /[\p{Cc}\p{Cf}\p{Surrogate}]/u;
const IGNORED = /\p{Default_Ignorable_Code_Point}/gu;

/** True where a person's name or id says nothing but what is seen: no control or format characters, no blanks around it. */
export function isPlainName(name: string): boolean {
  return name !== '' && name.trim() === name && !UNSEEN.test(name);
}

/**
 * True where two names are read as one: after NFKC (full width, composed letters), without characters that are not shown,
 * blanks counting once. What is kept is the name as given; this compares.
 */
export function isSamePerson(one: string, other: string): boolean {
  return readAs(one) === readAs(other);
}

function readAs(name: string): string {
  return name.normalize('NFKC').replace(IGNORED, '').replace(/\s+/gu, ' ').trim().normalize('NFKC');
}
