import type { CliRegistries, RegistryAccess } from '../cli/registries.ts';
import type { RegistryClient } from '../engine/registry/registry-client.ts';
import { RegistryError, RegistryUnreachable, type Repository } from '../engine/registry/registry-endpoint.ts';
import type { Reference } from '../lib/reference.ts';

/** The CLI of this host reaches registries the same way as its engine. */
export function cliRegistries(client: RegistryClient): CliRegistries {
  return {
    async manifest(reference, { auth, insecure, signal }) {
      const found = await client.find(reference, auth, signal, insecure).catch(unexplained);
      const { raw, digest } = found;
      return { bytes: raw.bytes, digest, config: (descriptor) => client.config(found, descriptor, signal) };
    },
    mountBlob: (target, digest, from, access) =>
      client.pushEndpoint(target.domain).mountBlob(repositoryOf(target, access), digest, from, access.signal),
    putManifest: (target, bytes, mediaType, access) => {
      const name = target.digest ?? target.tag ?? 'latest';
      const repository = repositoryOf(target, access);
      return client.pushEndpoint(target.domain).putManifest(repository, name, bytes, mediaType, access.signal);
    },
  };
}

/** The registry's own words, not those of the engine's pull. */
function unexplained(error: unknown): never {
  const { cause } = error as { cause?: unknown };
  if (cause instanceof RegistryError) throw cause;
  if (!(cause instanceof RegistryUnreachable)) throw error;
  throw new Error(`failed to configure transport: error pinging v2 registry: ${cause.message}`, { cause });
}

const repositoryOf = ({ domain, path }: Reference, { auth, insecure }: RegistryAccess): Repository => ({
  ...{ domain, path, insecure },
  ...(auth && { auth }),
});
