import type { ErrorResponse } from '../api/system.ts';
import type { HttpResponse } from './http.ts';

/** The daemon answered with an error. The message starts as the CLI prints it: `Error response from daemon: …`. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

/** The daemon could not be reached, or the connection broke before it answered. */
export class ConnectionError extends Error {
  override name = 'ConnectionError';
}

/** Whether the daemon said that there is no such thing. */
export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404;

/** Wording of moby's client for what an error reply says, or does not say. */
export async function errorOfResponse(response: HttpResponse, url: string): Promise<ApiError> {
  const { status, headers } = response;
  const text = (await readText(response.body)).trim();
  if (text === '') {
    const reason = `${status} ${response.statusText}`.trim();
    const advice = 'check if the server supports the requested API version';
    return new ApiError(status, `request returned ${reason} for API route and version ${url}, ${advice}`);
  }
  let message = text;
  if (headers.get('content-type')?.startsWith('application/json')) {
    const parsed = parseError(text);
    if (parsed === undefined) {
      return new ApiError(status, `Error reading JSON: ${text}`);
    }
    message = parsed.trim() || `API returned a ${status} (${response.statusText}) but provided no error-message`;
  }
  return new ApiError(status, `Error response from daemon: ${message}`);
}

function parseError(text: string): string | undefined {
  try {
    return (JSON.parse(text) as Partial<ErrorResponse>).message ?? '';
  } catch {
    return undefined;
  }
}

/** All of a stream, as UTF-8. */
export async function readText(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    text += decoder.decode(value, { stream: true });
  }
}
