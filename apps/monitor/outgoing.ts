import type { AlertChange } from '#core/alert/alert.js';
import type { Instant } from '#core/event/event.js';
import type { MessageToSave, RejectedToSave } from '#store/step-to-save.js';
import type { LogRecord } from '#streams/event-log.js';
import { quarantineRecord } from '#streams/quarantine-record.js';

/** Channels of the outbox that end in topics of the event log. */
export const ALERT_TOPIC_CHANNEL = 'alert-topic';
export const QUARANTINE_TOPIC_CHANNEL = 'quarantine-topic';

/** What goes to the alert topic: everything that people may be told; a held alert is not yet one. */
export function alertMessage(change: AlertChange, notBefore: Instant): MessageToSave[] {
  const { after } = change;
  if (after.held || after.state === 'covered' || after.state === 'silenced') return [];
  if (change.reason === 'knowledge-before-told') return [];
  const messageId = `${change.alertId}/${change.eventNo}`;
  return [
    {
      messageId,
      channel: ALERT_TOPIC_CHANNEL,
      key: change.alertId,
      notBefore,
      payload: {
        specversion: '1.0',
        id: messageId,
        source: 'mingcha',
        type: `alert.${change.kind}`,
        subject: change.alertId,
        time: new Date(change.at).toISOString(),
        datacontenttype: 'application/json',
        data: {
          actor: 'engine',
          at: new Date(change.at).toISOString(),
          objectId: change.alertId,
          caseId: change.caseId,
          revision: change.revision,
          ruleId: after.ruleId,
          ruleVersion: after.ruleVersion,
          level: after.level,
          state: after.state,
          regionCode: after.regionCode,
          recipientUnit: after.recipientUnit,
          reason: change.reason,
        },
      },
    },
  ];
}

/** What goes to the quarantine topic: everything that a repair needs, the bytes with their place and the reason. */
export function rejectedMessage(
  rejected: RejectedToSave,
  record: LogRecord | undefined,
  notBefore: Instant,
): MessageToSave[] {
  if (record === undefined) return [];
  const { reason, field, source } = rejected;
  const detail = JSON.stringify(rejected.detail);
  return [
    {
      messageId: `quarantine/${record.topic}/${record.partition}/${record.offset}`,
      channel: QUARANTINE_TOPIC_CHANNEL,
      key: record.key ?? source ?? record.topic,
      notBefore,
      payload: quarantineRecord(record, { reason, field, detail, source }),
    },
  ];
}
