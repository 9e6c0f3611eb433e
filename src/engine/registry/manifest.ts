/**
 * Image manifests and indexes, of OCI and of Docker (schema 2), as far as running an image needs them.
 * https://github.com/opencontainers/image-spec/blob/main/manifest.md
 */
import * as z from 'zod';
import { DockerError } from '../../api/error.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, isDigest } from '../../lib/digest.ts';

const digest = z.string().refine(isDigest, 'is no sha256 digest') as unknown as z.ZodType<Digest>;
const size = z.number().int().nonnegative();
const descriptor = z.object({ mediaType: z.string().default(''), digest, size });
const platform = z.object({ os: z.string(), architecture: z.string(), variant: z.string().optional() });

const imageManifest = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  config: descriptor,
  layers: z.array(descriptor).max(127),
});
const imageIndex = z.object({
  schemaVersion: z.literal(2),
  mediaType: z.string().optional(),
  manifests: z.array(descriptor.extend({ platform: platform.optional() })),
});

export type Descriptor = z.infer<typeof descriptor>;
export type ImageManifest = z.infer<typeof imageManifest>;
export type ImageIndex = z.infer<typeof imageIndex>;
export type Platform = z.infer<typeof platform>;

/** The only platform the guest runs. */
export const guestPlatform: Platform = { os: 'linux', architecture: '386' };

export const platformName = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, ...(variant ? [variant] : [])].join('/');

/** An index or a manifest. Throws a DockerError that says what it is instead. */
export function parseManifest(bytes: Uint8Array): ImageIndex | ImageManifest {
  let json: unknown;
  try {
    json = JSON.parse(decodeUtf8(bytes));
  } catch (cause) {
    throw new DockerError('system', 'the registry sent a manifest that is no JSON', { cause });
  }
  const { mediaType, schemaVersion } = (json ?? {}) as { mediaType?: unknown; schemaVersion?: unknown };
  if (schemaVersion !== 2) {
    throw new DockerError(
      'not-implemented',
      `unsupported manifest: schema version ${String(schemaVersion)}; only OCI and Docker schema 2 images can be pulled`,
    );
  }
  const isIndex = Array.isArray((json as { manifests?: unknown }).manifests);
  const parsed = (isIndex ? imageIndex : imageManifest).safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const kind = typeof mediaType === 'string' ? mediaType : isIndex ? 'image index' : 'image manifest';
  throw new DockerError('system', `the registry sent a malformed ${kind}: ${issue.path.join('.')}: ${issue.message}`);
}

/** The manifest of an index for the guest. Throws a DockerError naming the platforms there are. */
export function choosePlatform(index: ImageIndex): Descriptor {
  const wanted = platformName(guestPlatform);
  const chosen = index.manifests.find(({ platform }) => platform && platformName(platform) === wanted);
  if (chosen) return chosen;
  const names = index.manifests.flatMap(({ platform }) => (platform ? [platformName(platform)] : []));
  // Attestations are listed as unknown/unknown.
  const others = [...new Set(names)].filter((name) => !name.startsWith('unknown/')).sort();
  const there = others.length > 0 ? `: the image has ${others.join(', ')}; this machine runs ${wanted} only` : '';
  throw new DockerError('not-found', `no matching manifest for ${wanted} in the manifest list entries${there}`);
}
