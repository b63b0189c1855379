/** Members of a leaf in canonical order (RFC 8785), as `leafText` of the core writes them. */
export const LEAF_MEMBERS = [
  'action',
  'actor',
  'entity',
  'entitySeq',
  'fields',
  'id',
  'inputsDigest',
  'object',
  'prev',
  'ruleVersion',
  'schema',
  'tenant',
  'time',
  'traceId',
] as const;
export type LeafMember = (typeof LEAF_MEMBERS)[number];

const HEADS = LEAF_MEMBERS.map((name, index) =>
  Buffer.from(`${index === 0 ? '{' : ','}"${name}":`),
);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const COMMA = 0x2c;

/** Where the members of one leaf lie in its bytes; filled again for every leaf. */
export class LeafMembers {
  /** Begin and end of each member's value, quotes included. */
  readonly start = new Int32Array(LEAF_MEMBERS.length);
  readonly end = new Int32Array(LEAF_MEMBERS.length);
  /** 1 where the value is a text that holds a backslash. */
  readonly escaped = new Uint8Array(LEAF_MEMBERS.length);

  /**
   * Finds the members without reading what they say. False where the text does not have exactly these members in this
   * order; what lies within `fields` is only balanced, not parsed.
   */
  find(bytes: Uint8Array, from: number, to: number): boolean {
    let at = from;
    for (let member = 0; member < HEADS.length; member += 1) {
      const head = HEADS[member] as Buffer;
      if (at + head.length >= to) return false;
      for (let index = 0; index < head.length; index += 1)
        if (bytes[at + index] !== head[index]) return false;
      at += head.length;
      this.start[member] = at;
      this.escaped[member] = 0;
      at = this.valueEnd(bytes, at, to, member);
      if (at === -1) return false;
      this.end[member] = at;
    }
    return at === to - 1 && bytes[at] === CLOSE;
  }

  private valueEnd(bytes: Uint8Array, from: number, to: number, member: number): number {
    const first = bytes[from];
    if (first === QUOTE) return this.textEnd(bytes, from, to, member);
    if (first === OPEN || first === OPEN_LIST) return this.nestedEnd(bytes, from, to, member);
    let at = from;
    while (at < to && bytes[at] !== COMMA && bytes[at] !== CLOSE) at += 1;
    return at === from || at >= to ? -1 : at;
  }

  /** End of the text that begins at `from`; -1 where it does not end. */
  private textEnd(bytes: Uint8Array, from: number, to: number, member: number): number {
    for (let at = from + 1; at < to; at += 1) {
      const byte = bytes[at];
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH) {
        this.escaped[member] = 1;
        at += 1;
      }
    }
    return -1;
  }

  private nestedEnd(bytes: Uint8Array, from: number, to: number, member: number): number {
    let depth = 0;
    let at = from;
    while (at < to) {
      const byte = bytes[at];
      if (byte === QUOTE) {
        at = this.textEnd(bytes, at, to, member);
        if (at === -1) return -1;
        continue;
      }
      if (byte === OPEN || byte === OPEN_LIST) depth += 1;
      else if (byte === CLOSE || byte === CLOSE_LIST) {
        depth -= 1;
        if (depth === 0) return at + 1;
      }
      at += 1;
    }
    return -1;
  }
}
