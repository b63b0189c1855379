import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Place of one audit record in the hash tree; one for each record that is sequenced. */
@Entity('audit_leaf')
export class AuditLeafEntity {
  @PrimaryColumn({ type: 'bigint', name: 'leaf_index' })
  leafIndex!: string;

  @Column({ type: 'bigint', name: 'record_no' })
  recordNo!: string;

  /** The record's transaction: xid8, which TypeORM does not know. */
  @Column({ type: 'text' })
  xid!: string;

  /** `time` of the record, which tells its month partition. */
  @Column({ type: 'timestamptz', name: 'record_time' })
  recordTime!: Date;

  @Column({ type: 'bytea', name: 'leaf_hash' })
  leafHash!: Buffer;
}
