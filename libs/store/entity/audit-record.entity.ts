import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One record of the audit trail; `leaf` is the text that is hashed. */
@Entity('audit_record')
export class AuditRecordEntity {
  @PrimaryColumn({ type: 'bigint', name: 'record_no' })
  recordNo!: string;

  @PrimaryColumn({ type: 'timestamptz' })
  time!: Date;

  @Column({ type: 'bigint', name: 'entity_seq', nullable: true })
  entitySeq!: string | null;

  @Column({ type: 'text' })
  id!: string;

  @Column({ type: 'text' })
  actor!: string;

  @Column({ type: 'text' })
  action!: string;

  @Column({ type: 'text' })
  object!: string;

  @Column({ type: 'text' })
  schema!: string;

  @Column({ type: 'text' })
  tenant!: string;

  @Column({ type: 'text', nullable: true })
  entity!: string | null;

  @Column({ type: 'bytea', nullable: true })
  prev!: Buffer | null;

  @Column({ type: 'text', name: 'rule_version', nullable: true })
  ruleVersion!: string | null;

  @Column({ type: 'text', name: 'inputs_digest', nullable: true })
  inputsDigest!: string | null;

  @Column({ type: 'text', name: 'trace_id', nullable: true })
  traceId!: string | null;

  @Column({ type: 'text' })
  leaf!: string;

  @Column({ type: 'bytea', name: 'leaf_hash' })
  leafHash!: Buffer;
}
