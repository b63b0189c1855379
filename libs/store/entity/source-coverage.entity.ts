import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What was known of a source from `knownFrom` to `knownTo` (exclusive). */
@Entity('source_coverage')
export class SourceCoverageEntity {
  @PrimaryColumn({ type: 'text' })
  source!: string;

  @PrimaryColumn({ type: 'timestamptz', name: 'known_from' })
  knownFrom!: Date;

  @Column({ type: 'timestamptz', name: 'evaluated_through', nullable: true })
  evaluatedThrough!: Date | null;

  @Column({ type: 'timestamptz', name: 'gap_from', nullable: true })
  gapFrom!: Date | null;

  @Column({ type: 'text', name: 'gap_reason', nullable: true })
  gapReason!: string | null;

  @Column({ type: 'bigint' })
  late!: string;

  @Column({ type: 'bigint' })
  quarantined!: string;

  @Column({ type: 'text' })
  tenant!: string;
}
