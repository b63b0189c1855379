import { AlertEntity } from './alert.entity.js';
import { AlertEventEntity } from './alert-event.entity.js';
import { AuditCheckpointEntity } from './audit-checkpoint.entity.js';
import { AuditLeafEntity } from './audit-leaf.entity.js';
import { AuditRecordEntity } from './audit-record.entity.js';
import { AuditTileEntity } from './audit-tile.entity.js';
import { AuditTreeEntity } from './audit-tree.entity.js';
import { CaseStateEntity } from './case-state.entity.js';
import { FindingEntity } from './finding.entity.js';
import { FindingChangeEntity } from './finding-change.entity.js';
import { QuarantineEntity } from './quarantine.entity.js';
import { ReferenceFactEntity } from './reference-fact.entity.js';
import { SourceCoverageEntity } from './source-coverage.entity.js';
import { StreamPositionEntity } from './stream-position.entity.js';

/** Every table that the API reads through TypeORM. */
export const ENTITIES = [
  CaseStateEntity,
  FindingEntity,
  FindingChangeEntity,
  AlertEntity,
  AlertEventEntity,
  AuditRecordEntity,
  AuditLeafEntity,
  AuditTileEntity,
  AuditTreeEntity,
  AuditCheckpointEntity,
  QuarantineEntity,
  SourceCoverageEntity,
  ReferenceFactEntity,
  StreamPositionEntity,
];
