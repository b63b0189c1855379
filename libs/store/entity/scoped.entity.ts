import { Column } from 'typeorm';

/** Who may see a row: on every row that a person may see. */
export abstract class ScopedEntity {
  /** Supervising authority. */
  @Column({ type: 'text' })
  tenant!: string;

  @Column({ type: 'text', name: 'region_code' })
  regionCode!: string;

  /** `agencyCode`, or `agencyCode/unitCode`. */
  @Column({ type: 'text', name: 'unit_path' })
  unitPath!: string;

  /** `unitCode/staffNo` of everyone it is about. */
  @Column({ type: 'text', name: 'subject_persons', array: true })
  subjectPersons!: string[];

  @Column({ type: 'text', name: 'recipient_unit' })
  recipientUnit!: string;

  @Column({ type: 'boolean', name: 'shared_space' })
  sharedSpace!: boolean;
}
