import type { AlertChange } from '#core/alert/alert.js';
import type { Instant } from '#core/event/event.js';
import type { MessageToSave, RejectedToSave } from '#store/step-to-save.js';

/** Channels of the outbox that end in topics of the event log. */
export const ALERT_TOPIC_CHANNEL = 'alert-topic';
export const QUARANTINE_TOPIC_CHANNEL = 'quarantine-topic';

/** What goes to the alert topic: everything that people may be told; a held alert is not yet one. */
export function alertMessage(change: AlertChange, notBefore: Instant): MessageToSave[] {
  const { after } = change;
  if (after.held || after.state === 'covered' || after.state === 'silenced') return [];
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

/** What goes to the quarantine topic: the place of the record and the reason; the bytes stay in the database. */
export function rejectedMessage(rejected: RejectedToSave, notBefore: Instant): MessageToSave {
  const messageId = `quarantine/${rejected.topic}/${rejected.partition}/${rejected.offset}`;
  return {
    messageId,
    channel: QUARANTINE_TOPIC_CHANNEL,
    key: rejected.source ?? rejected.topic,
    notBefore,
    payload: {
      topic: rejected.topic,
      partition: rejected.partition,
      offset: String(rejected.offset),
      reason: rejected.reason,
      field: rejected.field,
      detail: rejected.detail,
      source: rejected.source,
      id: rejected.id,
      digest: rejected.digest,
      receivedAt: new Date(rejected.receivedAt).toISOString(),
    },
  };
}
