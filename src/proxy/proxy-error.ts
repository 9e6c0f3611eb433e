/** A refusal of the proxy's own, told in the form registries use so that clients need to know only one. */
export class ProxyError extends Error {
  readonly status: number;
  /** A code of the OCI distribution specification, or one of ours where it has none. */
  readonly code: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = 'ProxyError';
    this.status = status;
    this.code = code;
    this.headers = headers;
  }

  /** https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
  toResponse(): Response {
    const body = { errors: [{ code: this.code, message: this.message, detail: { proxy: true } }] };
    return Response.json(body, { status: this.status, headers: { 'Cache-Control': 'no-store', ...this.headers } });
  }
}
