import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A state of the hash tree that was signed. */
@Entity('audit_checkpoint')
export class AuditCheckpointEntity {
  /** Leaves. */
  @PrimaryColumn({ type: 'bigint' })
  size!: string;

  @Column({ type: 'bytea' })
  root!: Buffer;

  /** The signed note (C2SP tlog-checkpoint), with the lines of the log and of the witnesses. */
  @Column({ type: 'text' })
  note!: string;

  @Column({ type: 'timestamptz', name: 'signed_at' })
  signedAt!: Date;

  /** Whether as many witnesses as are demanded have cosigned it. */
  @Column({ type: 'boolean' })
  complete!: boolean;

  /** RFC 3161 reply over the note; null where no authority is configured or none has answered yet. */
  @Column({ type: 'bytea', name: 'timestamp_token', nullable: true })
  timestampToken!: Buffer | null;
}
