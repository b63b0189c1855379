import { ApiProperty } from '@nestjs/swagger';
import { LEVELS, type Level } from '#core/finding.js';
import type { RuleSource } from '#core/rule/rule.js';
import { reasonSentence } from '#explanation/reason-sentence.js';
import type { FindingHistoryEntry } from '#store/alert.repository.js';
import type { AuditRecordEntity } from '#store/entity/audit-record.entity.js';
import type { Language } from '../language/language.js';
import { codeText, instantText } from '../language/texts.js';

export const CHANGE_KINDS = [
  'raised',
  'level-raised',
  'level-lowered',
  'revised',
  'ended',
  'retracted',
] as const;

/** One change of a finding. */
export class FindingChangeDto {
  @ApiProperty()
  findingId!: string;

  @ApiProperty()
  ruleId!: string;

  @ApiProperty()
  changeNo!: number;

  @ApiProperty({ enum: CHANGE_KINDS })
  kind!: (typeof CHANGE_KINDS)[number];

  @ApiProperty()
  kindText!: string;

  @ApiProperty({ format: 'date-time', description: 'Instant at which it became so' })
  at!: string;

  @ApiProperty({ format: 'date-time', description: 'Instant of saving' })
  savedAt!: string;

  @ApiProperty({ enum: LEVELS })
  level!: Level;

  @ApiProperty({ format: 'date-time' })
  since!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  until!: string | null;

  @ApiProperty({ description: 'As it stood then; before, where it was retracted' })
  reason!: string;
}

/** One record of the audit trail, enough to recompute its leaf hash. */
export class AuditRecordDto {
  @ApiProperty()
  id!: string;

  @ApiProperty({ format: 'date-time' })
  time!: string;

  @ApiProperty()
  actor!: string;

  @ApiProperty({ example: 'alert.raised' })
  action!: string;

  @ApiProperty()
  object!: string;

  @ApiProperty({ type: Number, nullable: true, description: 'Place in the chain of its entity' })
  entitySeq!: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'Leaf hash of the record before it' })
  prev!: string | null;

  @ApiProperty({ description: 'The text that was hashed (RFC 8785 canonical JSON)' })
  leaf!: string;

  @ApiProperty({ description: 'Hex SHA-256 of a zero byte and the leaf (RFC 6962 section 2.1)' })
  leafHash!: string;
}

export function findingChangeDto(
  entry: FindingHistoryEntry,
  rule: RuleSource | null,
  language: Language,
): FindingChangeDto {
  const { finding } = entry;
  return {
    findingId: finding.id,
    ruleId: finding.ruleId,
    changeNo: entry.changeNo,
    kind: entry.kind,
    kindText: codeText(language, 'change', entry.kind),
    at: instantText(entry.at),
    savedAt: instantText(entry.savedAt),
    level: finding.level,
    since: instantText(finding.since),
    until: instantText(finding.until),
    reason: reasonSentence(finding, rule, language),
  };
}

export function auditRecordDto(record: AuditRecordEntity): AuditRecordDto {
  return {
    id: record.id,
    time: record.time.toISOString(),
    actor: record.actor,
    action: record.action,
    object: record.object,
    entitySeq: record.entitySeq === null ? null : Number(record.entitySeq),
    prev: record.prev?.toString('hex') ?? null,
    leaf: record.leaf,
    leafHash: record.leafHash.toString('hex'),
  };
}
