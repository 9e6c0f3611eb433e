/**
 * What went wrong, in one of the kinds Docker distinguishes (moby's errdefs). The HTTP status follows from the kind in
 * one place (`httpStatus`); inside the engine nobody thinks in statuses.
 */
export type ErrorKind =
  | 'invalid-parameter'
  | 'not-found'
  | 'conflict'
  | 'forbidden'
  | 'unauthorized'
  | 'not-modified'
  | 'unavailable'
  | 'not-implemented'
  | 'system';

const statuses: Record<ErrorKind, number> = {
  'not-modified': 304,
  'invalid-parameter': 400,
  unauthorized: 401,
  forbidden: 403,
  'not-found': 404,
  conflict: 409,
  system: 500,
  'not-implemented': 501,
  unavailable: 503,
};

/** An error that may cross the API: its message is what Docker's daemon would say. */
export class DockerError extends Error {
  readonly kind: ErrorKind;

  constructor(kind: ErrorKind, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DockerError';
    this.kind = kind;
  }
}

export const httpStatus = (kind: ErrorKind): number => statuses[kind];

/** The kind of any thrown value; what is no DockerError is a fault of ours. */
export const errorKind = (error: unknown): ErrorKind => (error instanceof DockerError ? error.kind : 'system');
