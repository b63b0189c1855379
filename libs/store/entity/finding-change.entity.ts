import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ScopedEntity } from './scoped.entity.js';

/** One change of a finding; never altered. */
@Entity('finding_change')
export class FindingChangeEntity extends ScopedEntity {
  @PrimaryColumn({ type: 'text', name: 'finding_id' })
  findingId!: string;

  @PrimaryColumn({ type: 'integer', name: 'change_no' })
  changeNo!: number;

  /** Number of its audit record within the case. */
  @Column({ type: 'bigint', name: 'entity_seq' })
  entitySeq!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'timestamptz', name: 'saved_at' })
  savedAt!: Date;

  @Column({ type: 'text', name: 'case_id' })
  caseId!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'text' })
  level!: string;

  /** The finding as JSON after the change; as it stood before where it was retracted. */
  @Column({ type: 'text' })
  body!: string;
}
