/** JSON request bodies as moby's httputils.ReadJSON reads them, with its error texts. */
import type { z } from 'zod';
import { DockerError } from '../api/error.ts';
import { concatBytes, decodeUtf8 } from '../lib/bytes.ts';
import type { ApiContext } from './context.ts';
import { HttpError } from './http/http-error.ts';
import { decodeGo, GoTypeError } from './go-decode.ts';
import { goJsonError } from '../lib/go-json-error.ts';

/** JSON is read whole; no Docker client sends more than some kilobytes. */
const maxJsonBytes = 16 * 1024 * 1024;

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);

/** Without a body any Content-Type will do. */
export function checkForJson(context: ApiContext): void {
  const { headers, hasBody } = context.env;
  const contentType = headers.get('content-type') ?? '';
  if (contentType === '' && !hasBody) return;
  const mediaType = contentType.split(';')[0]!.trim().toLowerCase();
  const malformed = malformedMediaType(mediaType, contentType);
  if (malformed) throw invalid(`malformed Content-Type header (${contentType}): mime: ${malformed}`);
  if (mediaType !== 'application/json') {
    throw invalid(`unsupported Content-Type header (${contentType}): must be 'application/json'`);
  }
}

/** What Go's mime.ParseMediaType finds wrong. */
function malformedMediaType(mediaType: string, contentType: string): string | undefined {
  if (mediaType === '') return 'no media type';
  if (!/^[^/]+(\/|$)/.test(mediaType)) return 'expected token after slash';
  if (!/^[^/\s]+(\/[^/\s]+)?$/.test(mediaType)) return 'unexpected content after media subtype';
  const parameters = contentType.split(';').slice(1);
  const valid = parameters.every(
    (parameter, at) =>
      /^\s*[^\s=;]+=("(?:[^"\\]|\\.)*"|[^\s";]+)\s*$/.test(parameter) ||
      (parameter.trim() === '' && at === parameters.length - 1),
  );
  return valid ? undefined : 'invalid media parameter';
}

/** The body as text; empty when there is none. */
async function readText(context: ApiContext): Promise<string> {
  const reader = context.env.body.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      if (error instanceof HttpError) throw invalid(`invalid JSON: ${error.message}`);
      throw error;
    });
    if (done) break;
    length += value.length;
    if (length > maxJsonBytes) throw invalid('invalid JSON: request body too large');
    chunks.push(value);
  }
  return chunks.length === 0 ? '' : decodeUtf8(concatBytes(chunks));
}

/**
 * The body, checked. Undefined when there is no body, unless `required`; null is what JSON's null becomes.
 */
export async function readJson<T extends z.ZodType>(
  context: ApiContext,
  schema: T,
  { required = false } = {},
): Promise<z.output<T> | null | undefined> {
  checkForJson(context);
  const body = await readText(context);
  if (body.trim() === '') {
    if (required || body !== '') throw invalid('invalid JSON: got EOF while reading request body');
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw invalid(goJsonError(body));
  }
  if (value === null) return null;
  try {
    return schema.parse(decodeGo(schema, value));
  } catch (error) {
    if (error instanceof GoTypeError) throw invalid(`invalid JSON: ${error.message}`);
    throw error;
  }
}
