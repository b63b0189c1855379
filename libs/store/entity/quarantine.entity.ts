import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A record that breaks the contract, with its bytes and the reason. */
@Entity('quarantine')
export class QuarantineEntity {
  /** topic/partition/offset. */
  @PrimaryColumn({ type: 'text', name: 'quarantine_id' })
  quarantineId!: string;

  @Column({ type: 'timestamptz', name: 'received_at' })
  receivedAt!: Date;

  @Column({ type: 'bigint' })
  offset!: string;

  @Column({ type: 'integer' })
  partition!: number;

  @Column({ type: 'text' })
  topic!: string;

  @Column({ type: 'text' })
  reason!: string;

  @Column({ type: 'text', nullable: true })
  field!: string | null;

  @Column({ type: 'jsonb' })
  detail!: unknown;

  @Column({ type: 'text', nullable: true })
  source!: string | null;

  @Column({ type: 'text', name: 'event_id', nullable: true })
  eventId!: string | null;

  @Column({ type: 'bytea', nullable: true })
  raw!: Buffer | null;

  @Column({ type: 'bytea' })
  digest!: Buffer;

  /** waiting, repaired or released. */
  @Column({ type: 'text' })
  state!: string;

  @Column({ type: 'timestamptz', name: 'decided_at', nullable: true })
  decidedAt!: Date | null;

  @Column({ type: 'text', name: 'decided_by', nullable: true })
  decidedBy!: string | null;

  @Column({ type: 'text', name: 'reason_text', nullable: true })
  reasonText!: string | null;

  @Column({ type: 'text', name: 'repaired_by', nullable: true })
  repairedBy!: string | null;

  @Column({ type: 'text' })
  tenant!: string;
}
