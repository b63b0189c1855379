import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ScopedEntity } from './scoped.entity.js';

/** Current state of an alert: the fold of its events. */
@Entity('alert')
export class AlertEntity extends ScopedEntity {
  @PrimaryColumn({ type: 'text', name: 'alert_id' })
  alertId!: string;

  @Column({ type: 'text', name: 'finding_id' })
  findingId!: string;

  @Column({ type: 'text', name: 'case_id' })
  caseId!: string;

  @Column({ type: 'text', name: 'rule_id' })
  ruleId!: string;

  @Column({ type: 'integer', name: 'rule_version' })
  ruleVersion!: number;

  @Column({ type: 'integer' })
  revision!: number;

  @Column({ type: 'integer', name: 'event_no' })
  eventNo!: number;

  @Column({ type: 'bigint', name: 'audit_seq' })
  auditSeq!: string;

  @Column({ type: 'bytea', name: 'audit_head', nullable: true })
  auditHead!: Buffer | null;

  @Column({ type: 'text' })
  level!: string;

  @Column({ type: 'text' })
  state!: string;

  @Column({ type: 'boolean' })
  held!: boolean;

  @Column({ type: 'boolean' })
  ended!: boolean;

  @Column({ type: 'boolean' })
  retracted!: boolean;

  @Column({ type: 'text', name: 'grouped_into', nullable: true })
  groupedInto!: string | null;

  /** Instant of its first event. */
  @Column({ type: 'timestamptz', name: 'first_at' })
  firstAt!: Date;

  @Column({ type: 'timestamptz', name: 'changed_at' })
  changedAt!: Date;

  @Column({ type: 'text', name: 'agency_code' })
  agencyCode!: string;

  @Column({ type: 'text', name: 'item_code', nullable: true })
  itemCode!: string | null;

  @Column({ type: 'boolean', name: 'is_test' })
  isTest!: boolean;
}
