import { readFileSync } from 'node:fs';

/** The environment of a process; nothing reads it but the settings. */
export type Env = Readonly<Record<string, string | undefined>>;

/** Every fault of the environment at once, each naming the variable and what it takes. Holds no secret. */
export class SettingsError extends Error {
  /** @param who the process, as the sentence begins: `The monitor` */
  constructor(
    who: string,
    readonly faults: readonly string[],
  ) {
    super(`${who} cannot start:\n${faults.map((fault) => `- ${fault}`).join('\n')}`);
    this.name = 'SettingsError';
  }
}

/**
 * Reads variables one by one and collects what is wrong with them. A variable that is empty counts as not set. After a
 * fault a value of the right type is given all the same, so that reading goes on and every fault is found.
 */
export class EnvReader {
  readonly faults: string[] = [];
  private readonly secrets = new Map<string, string | null>();

  constructor(readonly env: Env) {}

  /** Null where it is not set or empty. */
  given(name: string): string | null {
    const value = this.env[name];
    return value === undefined || value === '' ? null : value;
  }

  /** Empty, with a fault, where it is not set; the fault gives the advice. */
  needed(name: string, advice: string): string {
    const value = this.given(name);
    if (value === null) this.faults.push(`${name} is not set: ${advice}.`);
    return value ?? '';
  }

  /**
   * A secret: the variable itself, or what stands in the file that `<name>_FILE` names, without the line end at its end,
   * so that it need not stand in the environment. Null where neither is set. Faults: both are set, or the file cannot be
   * read or is empty; told once, however often it is asked for.
   */
  secret(name: string): string | null {
    const known = this.secrets.get(name);
    if (known !== undefined) return known;
    const value = this.readSecret(name);
    this.secrets.set(name, value);
    return value;
  }

  private readSecret(name: string): string | null {
    const value = this.given(name);
    const file = this.given(`${name}_FILE`);
    if (file === null) return value;
    if (value !== null) {
      this.faults.push(`${name} and ${name}_FILE are both set: one of them is enough.`);
      return value;
    }
    try {
      const content = readFileSync(file, 'utf8').replace(/\r?\n$/, '');
      if (content !== '') return content;
      this.faults.push(`${name}_FILE names '${file}', which is empty.`);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
      this.faults.push(`${name}_FILE names '${file}', which cannot be read (${code}).`);
    }
    return null;
  }

  text(name: string, otherwise: string): string {
    return this.given(name) ?? otherwise;
  }

  choice<T extends string>(name: string, values: readonly T[], otherwise: T): T {
    const value = this.given(name);
    if (value === null) return otherwise;
    const found = values.find((one) => one === value);
    if (found === undefined) this.faults.push(`${name} is '${value}': it takes ${listed(values)}.`);
    return found ?? otherwise;
  }

  flag(name: string): boolean {
    return this.choice(name, ['true', 'false'], 'false') === 'true';
  }

  /** A whole number between the bounds, both included. */
  whole(name: string, otherwise: number, [least, most]: readonly [number, number]): number {
    const text = this.given(name);
    if (text === null) return otherwise;
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= least && value <= most) return value;
    this.faults.push(`${name} is '${text}': it takes a whole number from ${least} to ${most}.`);
    return otherwise;
  }

  /** 0: any free port. */
  port(name: string, otherwise: number): number {
    const text = this.given(name);
    if (text === null) return otherwise;
    if (/^\d{1,5}$/.test(text) && Number(text) <= 65_535) return Number(text);
    this.faults.push(`${name} is '${text}': it takes a port from 0 (any free one) to 65535.`);
    return otherwise;
  }

  topic(name: string, otherwise: string): string {
    const value = this.text(name, otherwise);
    if (!/^[A-Za-z0-9._-]{1,249}$/.test(value))
      this.faults.push(
        `${name} is '${value}': a topic has 1 to 249 letters, digits, dots, underscores or hyphens.`,
      );
    return value;
  }

  /** What `read` gives, or `otherwise` where it throws; the fault is then its message, with the variable's name. */
  attempt<T>(name: string, read: () => T, otherwise: T): T {
    try {
      return read();
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      this.faults.push(text.includes(name) ? text : `${name}: ${text}`);
      return otherwise;
    }
  }
}

function listed(values: readonly string[]): string {
  return values.length === 2 ? values.join(' or ') : values.join(', ');
}

/**
 * Reads a process's settings.
 * @param who the process, as the sentence begins: `The monitor`
 * @throws SettingsError with every fault found
 */
export function readEnvironment<T>(who: string, env: Env, read: (reader: EnvReader) => T): T {
  const reader = new EnvReader(env);
  const settings = read(reader);
  if (reader.faults.length > 0) throw new SettingsError(who, reader.faults);
  return settings;
}
