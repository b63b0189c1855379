import type { ClaimedMessage } from '#store/outbox.js';

/** A way by which messages leave: a topic, a mail server, a webhook. */
export interface Channel {
  /** Its name in the outbox. */
  readonly name: string;
  /**
   * Sends the messages in the order given and resolves once the receiver has them for good. After a rejection an
   * unknown part was received; they are sent again, and the receiver tells repeats by the message id.
   * @throws MessageRefused where the receiver can never take one of them as it is
   */
  send(messages: readonly ClaimedMessage[]): Promise<void>;
}

/** A message that its receiver will not take, however often it is sent. */
export class MessageRefused extends Error {
  constructor(reason: string, cause: unknown) {
    super(reason, { cause });
    this.name = 'MessageRefused';
  }
}
