import { DockerError } from '../../api/error.ts';
import { type Reference, familiarName, familiarString } from '../../lib/reference.ts';
import { RegistryError } from './registry-endpoint.ts';

/** Docker's words for why an image could not be had (moby's translatePullError), with our hint on a line of its own. */
export function explain(error: unknown, reference: Reference, hint: string | undefined): Error {
  const withHint = (message: string): string => (hint === undefined ? message : `${message}\n${hint}`);
  if (error instanceof DockerError) return error;
  if (error instanceof RegistryError) {
    return new DockerError('not-found', withHint(refusal(error, reference)), { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new DockerError('unavailable', withHint(message), { cause: error });
}

function refusal({ code, message }: RegistryError, reference: Reference): string {
  const name = familiarName(reference);
  switch (code) {
    case 'DENIED':
      return `pull access denied for ${name}, repository does not exist or may require 'docker login': ${message}`;
    case 'UNAUTHORIZED':
      if (message === 'no basic auth credentials') {
        const { domain, path, tag, digest } = reference;
        return `Head "https://${domain}/v2/${path}/manifests/${digest ?? tag}": ${message}`;
      }
      // Docker Hub says so of repositories that are private, and of those that do not exist.
      return message.endsWith('authentication required')
        ? `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`
        : message;
    case 'NAME_UNKNOWN':
      return `repository ${name} not found: ${message}`;
    case 'MANIFEST_UNKNOWN':
      return `manifest for ${familiarString(reference)} not found: ${message}`;
    default:
      return message;
  }
}
