/** A request that cannot be understood as HTTP; it is answered in plain text and the connection is closed. */
export class HttpError extends Error {
  readonly status: number;
  /** Whether the client is told the message, as Go's net/http does for some; the others see the status alone. */
  readonly told: boolean;

  constructor(status: number, message: string, { told = false } = {}) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
    this.told = told;
  }
}
