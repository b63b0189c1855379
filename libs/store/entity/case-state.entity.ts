import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ScopedEntity } from './scoped.entity.js';

/** Narrow row of a case: its version, how far it is evaluated and when to ask again. */
@Entity('case_state')
export class CaseStateEntity extends ScopedEntity {
  @PrimaryColumn({ type: 'text', name: 'case_id' })
  caseId!: string;

  @Column({ type: 'integer' })
  version!: number;

  /** Number of the last audit record of the case. */
  @Column({ type: 'bigint', name: 'audit_seq' })
  auditSeq!: string;

  @Column({ type: 'timestamptz', name: 'as_of' })
  asOf!: Date;

  @Column({ type: 'timestamptz', name: 'next_due_at', nullable: true })
  nextDueAt!: Date | null;

  @Column({ type: 'timestamptz', name: 'first_received_at', nullable: true })
  firstReceivedAt!: Date | null;

  /** Versions of other cases concern it (moved_event). */
  @Column({ type: 'boolean', name: 'has_moved' })
  hasMoved!: boolean;

  @Column({ type: 'boolean', name: 'is_test' })
  isTest!: boolean;

  /** open or closed. */
  @Column({ type: 'text', name: 'open_state' })
  openState!: string;

  @Column({ type: 'bytea', name: 'audit_head', nullable: true })
  auditHead!: Buffer | null;

  /** Its events were erased, or some were archived: it stands as it stands. */
  @Column({ type: 'text', nullable: true })
  frozen!: 'erased' | 'archived' | null;

  @Column({ type: 'text', name: 'agency_code' })
  agencyCode!: string;

  @Column({ type: 'text', name: 'handling_region_code', nullable: true })
  handlingRegionCode!: string | null;

  @Column({ type: 'text', name: 'item_code', nullable: true })
  itemCode!: string | null;

  @Column({ type: 'text', name: 'item_name', nullable: true })
  itemName!: string | null;
}
