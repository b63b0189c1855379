import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ScopedEntity } from './scoped.entity.js';

/** Current state of a finding; its text is in the history row `changeNo`. */
@Entity('finding')
export class FindingEntity extends ScopedEntity {
  @PrimaryColumn({ type: 'text', name: 'finding_id' })
  findingId!: string;

  @Column({ type: 'text', name: 'case_id' })
  caseId!: string;

  @Column({ type: 'text', name: 'rule_id' })
  ruleId!: string;

  @Column({ type: 'integer', name: 'rule_version' })
  ruleVersion!: number;

  @Column({ type: 'text' })
  occurrence!: string;

  @Column({ type: 'text' })
  level!: string;

  /** open, ended or retracted. */
  @Column({ type: 'text' })
  state!: string;

  @Column({ type: 'timestamptz' })
  since!: Date;

  @Column({ type: 'timestamptz', nullable: true })
  until!: Date | null;

  @Column({ type: 'integer', name: 'change_no' })
  changeNo!: number;

  @Column({ type: 'boolean', name: 'is_test' })
  isTest!: boolean;
}
