import { Column, Entity, PrimaryColumn } from 'typeorm';

/** How far one partition is saved. */
@Entity('stream_position')
export class StreamPositionEntity {
  @PrimaryColumn({ type: 'text' })
  topic!: string;

  @PrimaryColumn({ type: 'integer' })
  partition!: number;

  @Column({ type: 'bigint', name: 'next_offset' })
  nextOffset!: string;

  @Column({ type: 'timestamptz', name: 'consumed_through' })
  consumedThrough!: Date;
}
