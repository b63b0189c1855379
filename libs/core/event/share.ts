import type { Event, Person } from './event.js';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Keeps the texts and persons of envelopes, which come again and again (codes, types, officers), once: events that are
 * kept in memory take half the room. Bounded: what was not used for a while is forgotten.
 */
export class SharedTexts {
  private texts = new Map<string, string>();
  private textsBefore = new Map<string, string>();
  private readonly persons = new Map<string, Person>();

  /** @param most texts remembered; the same number again may be on its way out */
  constructor(private readonly most = 40_000) {}

  /**
   * The same event with shared parts: for an event that was just made and that nobody else holds yet, since its parts
   * are replaced in place. No value changes.
   */
  share(event: Event): Event {
    const shared = event as Mutable<Event>;
    shared.source = this.text(event.source);
    shared.type = this.text(event.type);
    shared.subject = this.text(event.subject);
    shared.caseId = this.text(event.caseId);
    shared.agencyCode = this.text(event.agencyCode);
    shared.regionCode = this.text(event.regionCode);
    if (event.itemCode !== null) shared.itemCode = this.text(event.itemCode);
    if (event.itemVersion !== null) shared.itemVersion = this.text(event.itemVersion);
    shared.operator = this.person(event.operator);
    if (event.responsible !== null) shared.responsible = this.person(event.responsible);
    return event;
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
    this.persons.set(person.staffNo, person);
    return person;
  }
}
