/** A request that cannot be understood as HTTP; it is answered in plain text and the connection is closed. */
export class HttpError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'HttpError';
    this.status = status;
  }
}
