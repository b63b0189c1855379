/** What every server of the environment can do, started by us or found through a setting. */
export interface Server {
  /** Process id; changes with a restart; null where the server is not ours. */
  readonly pid: number | null;
  /** Ends the server and removes its data. No effect where it is not ours or is stopped already. */
  stop(): Promise<void>;
  /** Kills the server like a lost machine; its data stay. Throws where the server is not ours. */
  kill9(): Promise<void>;
  /** Starts it again on the same port with the same data, stopping it first where it runs. */
  restart(): Promise<void>;
}

/** The refusal to kill or restart a server that somebody else runs. */
export function notOurs(setting: string): Error {
  return new Error(
    `the server named by ${setting} is not ours to stop: unset ${setting} to test with a server ` +
      'that is started for the test',
  );
}
