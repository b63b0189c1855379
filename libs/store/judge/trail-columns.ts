import type { CopiedRows } from './copied-rows.js';
import { LEAF_MEMBERS, type LeafMember, LeafMembers } from './leaf-members.js';

/** What is read of a record, in this order, after the columns of its leaf. */
export const RECORD_COLUMNS = [
  'action',
  'actor',
  'entity',
  'entity_seq',
  'id',
  'inputs_digest',
  'object',
  'prev',
  'rule_version',
  'schema',
  'tenant',
  '"time"',
  'trace_id',
  'leaf',
  'leaf_hash',
] as const;

/** Fields of a row: leaf_index, record_no, leaf_hash, record_time of the leaf, then those of the record. */
export const LEAF_INDEX = 0;
export const RECORD_NO = 1;
export const LEAF_HASH = 2;
export const LEAF_TIME = 3;
const RECORD = 4;
export const field = (column: (typeof RECORD_COLUMNS)[number]): number =>
  RECORD + RECORD_COLUMNS.indexOf(column);

export const FIELDS = RECORD + RECORD_COLUMNS.length;
export const ENTITY = field('entity');
export const ENTITY_SEQ = field('entity_seq');
export const ID = field('id');
export const PREV = field('prev');
export const ACTION = field('action');
export const TIME = field('"time"');
export const LEAF = field('leaf');
export const RECORD_HASH = field('leaf_hash');

const FIRST_COLUMNS = 'l.leaf_index, l.record_no, l.leaf_hash, l.record_time';

/** Leaves `from` (inclusive) to `to` (exclusive) in order, each with its record or nulls in its place. */
export function leavesWithRecords(from: number, to: number): string {
  const record = RECORD_COLUMNS.map((name) => `r.${name}`).join(', ');
  return `select ${FIRST_COLUMNS}, ${record} from audit_leaf l
    left join audit_record r on r.xid = l.xid and r.record_no = l.record_no and r."time" = l.record_time
    where l.leaf_index >= ${from} and l.leaf_index < ${to} order by l.leaf_index`;
}

const INDEX_COMMITTED = Buffer.from('index.committed');

/** True of a record that commits the index of entity chains, as its column says. */
export function isIndexRecord(row: CopiedRows): boolean {
  return row.length[ACTION] === INDEX_COMMITTED.length && row.view(ACTION).equals(INDEX_COMMITTED);
}

/** Members whose columns are texts, with the place of the column. */
const TEXT_MEMBERS = (
  [
    ['action', 'action'],
    ['actor', 'actor'],
    ['entity', 'entity'],
    ['id', 'id'],
    ['inputsDigest', 'inputs_digest'],
    ['object', 'object'],
    ['ruleVersion', 'rule_version'],
    ['schema', 'schema'],
    ['tenant', 'tenant'],
    ['traceId', 'trace_id'],
  ] as const
).map(([member, column]) => [LEAF_MEMBERS.indexOf(member), field(column)] as const);

const MEMBER_SEQ = LEAF_MEMBERS.indexOf('entitySeq');
const MEMBER_PREV = LEAF_MEMBERS.indexOf('prev');
const MEMBER_TIME = LEAF_MEMBERS.indexOf('time');
const TIME_TEXT = /^"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"$/;

const HEX = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));

function isNullAt(bytes: Uint8Array, start: number, end: number): boolean {
  return end - start === 4 && bytes[start] === 0x6e && bytes[start + 1] === 0x75;
}

/** A member that differs; `leaf` where the text of the leaf is none of ours. */
export type LeafDifference = LeafMember | 'leaf';

const NONE: readonly LeafDifference[] = [];

/** What the column of a member holds, as text. */
export function columnText(row: CopiedRows, member: LeafDifference): string | null {
  if (member === 'leaf' || member === 'fields') return row.text(LEAF);
  if (member === 'entitySeq') return row.isNull(ENTITY_SEQ) ? null : String(row.int8(ENTITY_SEQ));
  if (member === 'prev') return row.isNull(PREV) ? null : row.view(PREV).toString('hex');
  if (member === 'time') return new Date(row.micros(TIME) / 1000).toISOString();
  const found = TEXT_MEMBERS.find(([index]) => LEAF_MEMBERS[index] === member);
  return found === undefined ? null : row.text(found[1]);
}

/** Compares the columns of a record with what its leaf says. One of it serves all rows, one after the other. */
export class ColumnJudge {
  private readonly members = new LeafMembers();
  private timeText = '';
  private timeMicros = 0;

  /**
   * Members of which column and leaf say different things; `leaf` where its text is none of ours. Empty where all of
   * them agree. The scope columns stand in no leaf and are not compared.
   */
  differences(row: CopiedRows): readonly LeafDifference[] {
    const { bytes } = row;
    const from = row.start[LEAF] as number;
    if (!this.members.find(bytes, from, from + (row.length[LEAF] as number))) return ['leaf'];
    let found: LeafDifference[] | null = null;
    for (const [member, column] of TEXT_MEMBERS)
      if (!this.sameText(row, member, column)) {
        found ??= [];
        found.push(LEAF_MEMBERS[member] as LeafMember);
      }
    if (this.sameSeq(row) && this.samePrev(row) && this.sameTime(row)) return found ?? NONE;
    found ??= [];
    if (!this.sameSeq(row)) found.push('entitySeq');
    if (!this.samePrev(row)) found.push('prev');
    if (!this.sameTime(row)) found.push('time');
    return found;
  }

  /** What the leaf says of a member, as it stands there; only after `differences` of the same row. */
  said(row: CopiedRows, member: LeafDifference): string | null {
    if (member === 'leaf') return null;
    const index = LEAF_MEMBERS.indexOf(member);
    return row.bytes.toString('utf8', this.members.start[index], this.members.end[index]);
  }

  private sameText(row: CopiedRows, member: number, column: number): boolean {
    const { bytes } = row;
    const start = this.members.start[member] as number;
    const end = this.members.end[member] as number;
    const length = row.length[column] as number;
    if (length === -1) return isNullAt(bytes, start, end);
    if (bytes[start] !== 0x22) return false;
    if (this.members.escaped[member] === 1)
      return JSON.parse(bytes.toString('utf8', start, end)) === row.text(column);
    if (end - start - 2 !== length) return false;
    const from = row.start[column] as number;
    for (let index = 0; index < length; index += 1)
      if (bytes[start + 1 + index] !== bytes[from + index]) return false;
    return true;
  }

  private sameSeq(row: CopiedRows): boolean {
    const start = this.members.start[MEMBER_SEQ] as number;
    const end = this.members.end[MEMBER_SEQ] as number;
    if (row.length[ENTITY_SEQ] === -1) return isNullAt(row.bytes, start, end);
    let value = 0;
    for (let at = start; at < end; at += 1) {
      const digit = (row.bytes[at] as number) - 0x30;
      if (digit < 0 || digit > 9) return false;
      value = value * 10 + digit;
    }
    return end > start && end - start <= 16 && value === row.int8(ENTITY_SEQ);
  }

  private samePrev(row: CopiedRows): boolean {
    const { bytes } = row;
    const start = this.members.start[MEMBER_PREV] as number;
    const end = this.members.end[MEMBER_PREV] as number;
    const length = row.length[PREV] as number;
    if (length === -1) return isNullAt(bytes, start, end);
    if (end - start - 2 !== length * 2 || bytes[start] !== 0x22) return false;
    const from = row.start[PREV] as number;
    for (let index = 0; index < length; index += 1) {
      const byte = bytes[from + index] as number;
      const at = start + 1 + index * 2;
      if (bytes[at] !== HEX[byte >> 4] || bytes[at + 1] !== HEX[byte & 15]) return false;
    }
    return true;
  }

  /** Records of one step have the same time: its text is read once. */
  private sameTime(row: CopiedRows): boolean {
    const start = this.members.start[MEMBER_TIME] as number;
    const end = this.members.end[MEMBER_TIME] as number;
    const text = row.bytes.toString('latin1', start, end);
    if (text !== this.timeText) {
      if (!TIME_TEXT.test(text)) return false;
      this.timeText = text;
      this.timeMicros = Date.parse(text.slice(1, -1)) * 1000;
    }
    return row.micros(TIME) === this.timeMicros;
  }
}
