import type { RegistryAuth } from '../../api/registry-auth.ts';
import { DockerError } from '../../api/error.ts';
import type { DistributionInspect } from '../../api/image.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import { isImageId, withDefaultTag } from '../../lib/reference.ts';
import { mediaTypes, platformsOfConfig } from '../registry/manifest.ts';
import type { RegistryClient } from '../registry/registry-client.ts';
import { RegistryError } from '../registry/registry-endpoint.ts';
import type { FoundManifest } from '../registry/resolve-image.ts';
import { parseUserReference } from './image-store.ts';

/** What a registry has under a name: `GET /distribution/{name}/json`. */
export async function inspectDistribution(
  registry: RegistryClient,
  name: string,
  auth: RegistryAuth | undefined,
  signal: AbortSignal,
): Promise<DistributionInspect> {
  if (isImageId(name)) throw new DockerError('system', 'no manifest found for full image ID');
  const reference = withDefaultTag(parseUserReference(name));
  const found = await registry.find(reference, auth, signal).catch(inRegistryWords);
  const { raw, digest, parsed } = found;
  const isIndex = 'manifests' in parsed;
  const mediaType = parsed.mediaType || (isIndex ? mediaTypes.index : mediaTypes.manifest);
  const Descriptor = { mediaType, digest, size: raw.bytes.length };
  if (isIndex) {
    const platforms = parsed.manifests.map(({ platform }) => platform ?? { architecture: '', os: '' });
    return { Descriptor, Platforms: platforms.length > 0 ? platforms : null };
  }
  // moby looks into the configs of Docker's own manifests only.
  return {
    Descriptor,
    Platforms: mediaType === mediaTypes.dockerManifest ? await platformOf(registry, found, signal) : null,
  };
}

async function platformOf(
  registry: RegistryClient,
  found: FoundManifest,
  signal: AbortSignal,
): Promise<DistributionInspect['Platforms']> {
  if ('manifests' in found.parsed) return null;
  try {
    const config = await registry.config(found, found.parsed.config, signal);
    return platformsOfConfig(JSON.parse(decodeUtf8(config)));
  } catch {
    // Without its config an image is not less there.
    signal.throwIfAborted();
    return null;
  }
}

/** Not those of a pull. */
function inRegistryWords(error: unknown): never {
  const { cause } = error as { cause?: unknown };
  if (!(cause instanceof RegistryError)) throw error;
  const kinds = { UNAUTHORIZED: 'unauthorized', DENIED: 'forbidden' } as const;
  throw new DockerError(kinds[cause.code as keyof typeof kinds] ?? 'not-found', cause.message, { cause });
}
