/** Ends a command with a message on stderr (none when empty) and an exit code. */
export class ExitError extends Error {
  readonly code: number;

  constructor(code: number, message = '', options?: ErrorOptions) {
    super(message, options);
    this.name = 'ExitError';
    this.code = code;
  }
}

/** What Go's errors.Join does with the failures of several arguments: one a line. Nothing when there are none. */
export function throwJoined(errors: readonly unknown[], code = 1): void {
  if (errors.length > 0) throw new ExitError(code, errors.map(messageOf).join('\n'));
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
