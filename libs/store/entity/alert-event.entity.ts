import { Column, Entity, PrimaryColumn } from 'typeorm';
import { ScopedEntity } from './scoped.entity.js';

/** One `alert.*` event; never altered. */
@Entity('alert_event')
export class AlertEventEntity extends ScopedEntity {
  @PrimaryColumn({ type: 'text', name: 'alert_id' })
  alertId!: string;

  @PrimaryColumn({ type: 'integer', name: 'event_no' })
  eventNo!: number;

  @Column({ type: 'bigint' })
  seq!: string;

  @Column({ type: 'integer' })
  revision!: number;

  @Column({ type: 'bigint', name: 'entity_seq' })
  entitySeq!: string;

  @Column({ type: 'timestamptz' })
  at!: Date;

  @Column({ type: 'timestamptz', name: 'saved_at' })
  savedAt!: Date;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'text' })
  actor!: string;

  /** Gate or cause. */
  @Column({ type: 'text', nullable: true })
  reason!: string | null;

  @Column({ type: 'text' })
  level!: string;

  @Column({ type: 'text' })
  state!: string;

  @Column({ type: 'jsonb' })
  detail!: unknown;
}
