import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How far the hash tree has come: one row. */
@Entity('audit_tree')
export class AuditTreeEntity {
  @PrimaryColumn({ type: 'boolean', name: 'the_one' })
  theOne!: boolean;

  /** Leaves. */
  @Column({ type: 'bigint' })
  size!: string;

  @Column({ type: 'bytea' })
  root!: Buffer;

  /** Every record up to (`watermarkXid`, `watermarkNo`) inclusive is a leaf. */
  @Column({ type: 'text', name: 'watermark_xid' })
  watermarkXid!: string;

  @Column({ type: 'bigint', name: 'watermark_no' })
  watermarkNo!: string;

  /** Records up to this number inclusive are leaves whatever their transaction: they are from before a restore. */
  @Column({ type: 'bigint', name: 'floor_no' })
  floorNo!: string;

  /** System identifier of the cluster whose transactions the watermark counts; null before the first batch. */
  @Column({ type: 'bigint', name: 'cluster_id', nullable: true })
  clusterId!: string | null;

  @Column({ type: 'timestamptz', name: 'sequenced_at' })
  sequencedAt!: Date;
}
