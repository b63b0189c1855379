import type { Event, Person } from './event.js';

/** Longer texts hardly come again. */
const LONGEST = 64;
/** Fields of the envelope and of own data that are different in every event. */
const UNIQUE = new Set(['id', 'rawDigest', 'docNo']);

type Mutable = Record<string, unknown>;

/**
 * Keeps texts and persons that come again and again (codes, names of steps and materials, officers) once: events that
 * are kept in memory take a fraction of the room. Bounded: what was not used for a while is forgotten.
 */
export class SharedTexts {
  private texts = new Map<string, string>();
  private textsBefore = new Map<string, string>();
  private persons = new Map<string, Person>();

  /** @param most texts remembered; the same number again may be on its way out */
  constructor(private readonly most = 40_000) {}

  /**
   * The same event with shared parts: for an event that was just made and that nobody else holds yet, since its parts
   * are replaced in place. No value changes.
   */
  share(event: Event): Event {
    this.shareFields(event as unknown as Mutable);
    return event;
  }

  private shareFields(fields: Mutable): void {
    for (const name in fields) {
      const value = fields[name];
      if (typeof value === 'string') {
        if (value.length <= LONGEST && !UNIQUE.has(name)) fields[name] = this.text(value);
      } else if (typeof value === 'object' && value !== null) {
        if (name === 'operator' || name === 'responsible')
          fields[name] = this.person(value as Person);
        else this.shareParts(value);
      }
    }
  }

  private shareParts(value: object): void {
    if (!Array.isArray(value)) {
      this.shareFields(value as Mutable);
      return;
    }
    for (let index = 0; index < value.length; index += 1) {
      const one: unknown = value[index];
      if (typeof one === 'string') value[index] = one.length <= LONGEST ? this.text(one) : one;
      else if (typeof one === 'object' && one !== null) this.shareParts(one);
    }
  }

  private text(text: string): string {
    const recent = this.texts.get(text);
    if (recent !== undefined) return recent;
    const known = this.textsBefore.get(text) ?? text;
    if (this.texts.size >= this.most) {
      this.textsBefore = this.texts;
      this.texts = new Map();
    }
    this.texts.set(known, known);
    return known;
  }

  private person(person: Person): Person {
    const known = this.persons.get(person.staffNo);
    if (
      known !== undefined &&
      known.unitCode === person.unitCode &&
      known.name === person.name &&
      known.post === person.post
    )
      return known;
    if (this.persons.size >= this.most) this.persons.clear();
    this.shareFields(person as unknown as Mutable);
    this.persons.set(person.staffNo, person);
    return person;
  }
}
