import type { Event, Person } from '#core/event/event.js';

const LAST = 4;

/** '张三丰' -> '张*'; the first character and one star, so that the length says nothing. Null stays null. */
export function maskName(name: string | null): string | null {
  if (name === null || name === '') return name;
  const [first = ''] = name;
  return `${first}*`;
}

/** All but the last four characters as stars; short numbers whole. */
export function maskNumber(number: string): string {
  return number.length <= LAST ? '****' : `****${number.slice(-LAST)}`;
}

export function maskPerson(person: Person | null): Person | null {
  return person === null ? null : { ...person, name: maskName(person.name) };
}

/** Resident identity numbers (GB 11643: 17 digits with a date of birth, and a check character). */
const IDENTITY =
  /(?<![0-9A-Za-z])\d{6}(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dXx](?![0-9A-Za-z])/g;
/** Mobile telephone numbers of the mainland. */
const MOBILE = /(?<!\d)1[3-9]\d{9}(?!\d)/g;

/** Free text with identity and mobile numbers masked. */
export function maskText(text: string): string {
  return text.replace(IDENTITY, maskNumber).replace(MOBILE, maskNumber);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A party has a kind natural or legal and a name (events.md section 1). */
function isParty(value: Readonly<Record<string, unknown>>): boolean {
  return (value.kind === 'natural' || value.kind === 'legal') && 'name' in value;
}

function maskParty(party: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { name, idNo, contact, ...rest } = party;
  return {
    ...(maskData(rest) as Record<string, unknown>),
    // The name of an enterprise or agency is public; that of a natural person is not.
    name: party.kind === 'natural' && typeof name === 'string' ? maskName(name) : name,
    idNo: typeof idNo === 'string' ? maskNumber(idNo) : (idNo ?? null),
    contact: typeof contact === 'string' && contact !== '' ? '****' : (contact ?? null),
  };
}

/**
 * Own fields of an event for people: names of persons show their first character, identity numbers their last four,
 * contacts nothing; staff numbers and public names stay. Works on the shape, so that maps and lists are masked too.
 */
export function maskData(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value);
  if (Array.isArray(value)) return value.map(maskData);
  if (!isObject(value)) return value;
  if (isParty(value)) return maskParty(value);
  const masked = Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, maskMember(key, member)]),
  );
  if ('staffNo' in value && typeof value.name === 'string') masked.name = maskName(value.name);
  return masked;
}

const PERSONAL_KEYS =
  /^(?:idNo|idNumber|identityNo|certNo|phone|mobile|contact|身份证.*|电话|手机.*)$/i;

function maskMember(key: string, member: unknown): unknown {
  if (typeof member === 'string' && PERSONAL_KEYS.test(key)) return maskNumber(member);
  return maskData(member);
}

/** An event as it may be shown to whoever may see its case. */
export function maskEvent(event: Event): Event {
  return {
    ...event,
    operator: maskPerson(event.operator) as Person,
    responsible: maskPerson(event.responsible),
    correctionReason: event.correctionReason === null ? null : maskText(event.correctionReason),
    data: maskData(event.data) as Event['data'],
  };
}
