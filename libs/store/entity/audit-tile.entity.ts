import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A tile of the hash tree (C2SP tlog-tiles, height 8) as wide as it is by now. */
@Entity('audit_tile')
export class AuditTileEntity {
  @PrimaryColumn({ type: 'smallint' })
  level!: number;

  @PrimaryColumn({ type: 'bigint', name: 'tile_index' })
  tileIndex!: string;

  /** Hashes in it, 1 to 256. */
  @Column({ type: 'smallint' })
  width!: number;

  /** `width` hashes of 32 bytes. */
  @Column({ type: 'bytea' })
  hashes!: Buffer;
}
