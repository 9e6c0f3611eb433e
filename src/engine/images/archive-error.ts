import { DockerError } from '../../api/error.ts';
import { TarError } from '../../lib/tar/header.ts';

/** What is wrong with an archive somebody sent, in the words of Go's archive/tar where it has some. */
export function archiveError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof DockerError) return error;
  if (/unexpected EOF/.test(error.message)) return new DockerError('system', 'unexpected EOF', { cause: error });
  if (!(error instanceof TarError)) return error;
  const message = /^invalid (tar|pax) header/.test(error.message) ? 'invalid tar header' : error.message;
  return new DockerError('system', `archive/tar: ${message}`, { cause: error });
}
