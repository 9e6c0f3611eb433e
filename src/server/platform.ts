/** Platforms in queries: OCI's JSON, `{"os":"linux","architecture":"386"}` (moby's httputils.DecodePlatform). */
import { DockerError } from '../api/error.ts';
import type { ImagePlatform } from '../api/image.ts';
import type { ApiContext } from './context.ts';
import { goJsonError } from '../lib/go-json-error.ts';

const invalid = (message: string): DockerError => new DockerError('invalid-parameter', message);

/** Undefined when the parameter is absent or empty. */
export function platform(context: ApiContext, name: string): ImagePlatform | undefined {
  const [first] = context.req.queries(name) ?? [];
  return first ? parse(first) : undefined;
}

/** All values of a parameter. */
export const platforms = (context: ApiContext, name: string): ImagePlatform[] =>
  (context.req.queries(name) ?? []).map(parse);

function parse(text: string): ImagePlatform {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalid(`failed to parse platform: ${goJsonError(text).replace(/^invalid JSON: /, '')}`);
  }
  const fields = typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
  if (value !== null && !fields)
    throw invalid('failed to parse platform: json: cannot unmarshal value into v1.Platform');
  const field = (name: string): string => {
    const [, found] = Object.entries(fields ?? {}).find(([key]) => key.toLowerCase() === name) ?? [];
    return typeof found === 'string' ? found : '';
  };
  const [os, architecture, variant] = [field('os'), field('architecture'), field('variant')];
  if (os === '' && architecture === '' && (variant !== '' || field('os.version') !== '')) {
    throw invalid('optional platform fields provided, but OS and Architecture are missing');
  }
  if (os === '' || architecture === '') throw invalid('both OS and Architecture must be provided');
  return { os, architecture, ...(variant !== '' && { variant }) };
}
