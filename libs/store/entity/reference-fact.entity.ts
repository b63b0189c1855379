import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One version of a reference fact. Valid dates are local and both included. */
@Entity('reference_fact')
export class ReferenceFactEntity {
  @PrimaryColumn({ type: 'text' })
  kind!: string;

  @PrimaryColumn({ type: 'text' })
  code!: string;

  @PrimaryColumn({ type: 'text' })
  version!: string;

  @PrimaryColumn({ type: 'bytea' })
  digest!: Buffer;

  @Column({ type: 'date', name: 'valid_from' })
  validFrom!: string;

  @Column({ type: 'date', name: 'valid_to', nullable: true })
  validTo!: string | null;

  @Column({ type: 'timestamptz', name: 'known_from' })
  knownFrom!: Date;

  @Column({ type: 'text' })
  source!: string;

  @Column({ type: 'text', name: 'event_id' })
  eventId!: string;

  @Column({ type: 'text' })
  tenant!: string;

  @Column({ type: 'jsonb' })
  body!: unknown;
}
