/** The part of a pino logger that the streams use; any object with these four methods will do. */
export interface StreamLogger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
