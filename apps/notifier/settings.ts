/** Settings of a notifier, read from the environment once and checked; nothing else reads it. */
export interface NotifierSettings {
  readonly databaseUrl: string;
  readonly eventLog: 'kafka' | 'inbox';
  readonly alertTopic: string;
  readonly quarantineTopic: string;
  /**
   * Messages that one claim takes, as a rule; messages of one instant are never cut apart. A claim costs about 0.2 s where
   * 200,000 messages wait, whatever its size, so a small one drains a backlog slowly.
   */
  readonly claimLimit: number;
  /** Pause between two looks at an empty outbox. */
  readonly pollMs: number;
  /** 0: any free port. */
  readonly metricsPort: number;
}

/** Every fault of the environment at once, each naming the variable and what it takes. */
export class SettingsError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`The notifier cannot start:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

type Env = Readonly<Record<string, string | undefined>>;

class EnvReader {
  readonly faults: string[] = [];

  constructor(private readonly env: Env) {}

  text(name: string, otherwise: string): string {
    const value = this.env[name];
    return value === undefined || value === '' ? otherwise : value;
  }

  databaseUrl(name: string): string {
    const url = this.text(name, '');
    if (url === '') this.faults.push(`${name} is not set: give it a postgres:// address.`);
    else if (!/^postgres(ql)?:\/\//.test(url))
      this.faults.push(`${name} is no postgres:// address.`);
    return url;
  }

  choice<T extends string>(name: string, values: readonly [T, ...T[]]): T {
    const value = this.text(name, values[0]);
    const found = values.find((one) => one === value);
    if (found === undefined)
      this.faults.push(`${name} is '${value}': it takes ${values.join(' or ')}.`);
    return found ?? values[0];
  }

  topic(name: string, otherwise: string): string {
    const value = this.text(name, otherwise);
    if (!/^[A-Za-z0-9._-]{1,249}$/.test(value))
      this.faults.push(
        `${name} is '${value}': a topic has 1 to 249 letters, digits, dots, underscores or hyphens.`,
      );
    return value;
  }

  whole(name: string, otherwise: number, [least, most]: readonly [number, number]): number {
    const text = this.text(name, String(otherwise));
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      this.faults.push(`${name} is '${text}': it takes a whole number from ${least} to ${most}.`);
    return value;
  }
}

/** @throws SettingsError with every fault found. */
export function readSettings(env: Env): NotifierSettings {
  const reader = new EnvReader(env);
  const settings: NotifierSettings = {
    databaseUrl: reader.databaseUrl('DATABASE_URL'),
    eventLog: reader.choice('EVENT_LOG', ['kafka', 'inbox']),
    alertTopic: reader.topic('MINGCHA_ALERT_TOPIC', 'mingcha.alerts'),
    quarantineTopic: reader.topic('MINGCHA_QUARANTINE_TOPIC', 'mingcha.quarantine'),
    claimLimit: reader.whole('MINGCHA_OUTBOX_BATCH', 2_000, [1, 5_000]),
    pollMs: reader.whole('MINGCHA_OUTBOX_POLL_MS', 250, [10, 60_000]),
    metricsPort: reader.whole('MINGCHA_METRICS_PORT', 0, [0, 65_535]),
  };
  if (settings.eventLog === 'kafka' && reader.text('KAFKA_BROKERS', '') === '')
    reader.faults.push(
      'KAFKA_BROKERS is not set: name host:port, or use the Postgres inbox with EVENT_LOG=inbox.',
    );
  if (reader.faults.length > 0) throw new SettingsError(reader.faults);
  return settings;
}
