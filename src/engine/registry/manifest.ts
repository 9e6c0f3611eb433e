/**
 * Image manifests and indexes, of OCI and of Docker (schema 2), as far as running an image needs them. What is refused is
 * refused in moby's words (its distribution package), with what to do behind them.
 * https://github.com/opencontainers/image-spec/blob/main/manifest.md
 */
import * as z from 'zod';
import { DockerError } from '../../api/error.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, isDigest } from '../../lib/digest.ts';

const digest = z.string().refine(isDigest, 'is no sha256 digest') as unknown as z.ZodType<Digest>;
const size = z.number().int().nonnegative();
const descriptor = z.object({ mediaType: z.string().default(''), digest, size });
const platform = z.object({
  architecture: z.string(),
  os: z.string(),
  'os.version': z.string().optional(),
  'os.features': z.array(z.string()).optional(),
  variant: z.string().optional(),
});

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

/** The platform an image's config names; null when it names none. */
export function platformsOfConfig(config: unknown): Platform[] | null {
  const parsed = platform.safeParse(config);
  return parsed.success && (parsed.data.os !== '' || parsed.data.architecture !== '') ? [parsed.data] : null;
}

/** The only platform the guest runs. */
export const guestPlatform: Platform = { os: 'linux', architecture: '386' };

export const platformName = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, ...(variant ? [variant] : [])].join('/');

export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  dockerList: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
} as const;

/** Media types of an image's config. The last are what old registries say of anything (moby's defaultImageTypes). */
const configTypes = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
  ...['application/octet-stream', 'application/json', 'text/html', ''],
]);
const pluginConfig = 'application/vnd.docker.plugin.v1+json';

/** An index or a manifest. Throws a DockerError that says what it is instead; `name` is how the image was asked for. */
export function parseManifest(bytes: Uint8Array, name: string): ImageIndex | ImageManifest {
  let json: unknown;
  try {
    json = JSON.parse(decodeUtf8(bytes));
  } catch (cause) {
    throw new DockerError('system', 'the registry sent a manifest that is no JSON', { cause });
  }
  const { mediaType, schemaVersion, manifests, layers } = (json ?? {}) as Record<string, unknown>;
  if (schemaVersion === 1) throw schema1(name);
  const known: readonly unknown[] = Object.values(mediaTypes);
  const isUnknown = mediaType !== undefined && mediaType !== '' && !known.includes(mediaType);
  if (isUnknown || (!Array.isArray(manifests) && !Array.isArray(layers))) {
    const what = isUnknown ? `${JSON.stringify(mediaType)} is no image` : 'it has neither layers nor manifests';
    throw new DockerError('invalid-parameter', `unsupported manifest format: ${what}`);
  }
  // The media type decides where there is one: what reads as both must not be taken for either at will.
  const isIndex = mediaType ? mediaType === mediaTypes.index || mediaType === mediaTypes.dockerList : !layers;
  const parsed = (isIndex ? imageIndex : imageManifest).safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const kind = typeof mediaType === 'string' ? mediaType : isIndex ? 'image index' : 'image manifest';
  throw new DockerError('system', `the registry sent a malformed ${kind}: ${issue.path.join('.')}: ${issue.message}`);
}

/** Throws a DockerError when a manifest is of something else than an image: a plugin, a chart, a signature. */
export function checkIsImage({ config }: ImageManifest): void {
  if (configTypes.has(config.mediaType)) return;
  const kind = config.mediaType === pluginConfig ? 'plugin' : 'unknown';
  const found = `Encountered remote ${JSON.stringify(config.mediaType)}(${kind}) when fetching`;
  throw new DockerError('invalid-parameter', `${found}: it is no image, and Drydock has no use for anything else`);
}

function schema1(name: string): DockerError {
  return new DockerError(
    'invalid-parameter',
    'Docker Image Format v1 and Docker Image manifest version 2, schema 1 support has been removed.' +
      ` Suggest the author of ${name} to upgrade the image to the OCI Format or Docker Image manifest v2, schema 2.` +
      ' More information at https://docs.docker.com/go/deprecated-image-specs/',
  );
}

/** Layers that registries need not have: their licence forbids passing them on. */
export const isForeign = ({ mediaType }: Descriptor): boolean => /\.foreign\.|\.nondistributable\./.test(mediaType);

/** The platforms of an index without those of attestations, which are listed as unknown/unknown. */
export function platformNames(index: ImageIndex): string[] {
  const names = index.manifests.flatMap(({ platform }) => (platform ? [platformName(platform)] : []));
  return [...new Set(names)].filter((name) => !name.startsWith('unknown/')).sort();
}

/** The manifest of an index for the guest; undefined when there is none. */
export function choosePlatform(index: ImageIndex): Descriptor | undefined {
  const wanted = platformName(guestPlatform);
  const isKnown = ({ mediaType }: Descriptor) =>
    mediaType === '' || (Object.values(mediaTypes) as string[]).includes(mediaType);
  return index.manifests.find((entry) => entry.platform && platformName(entry.platform) === wanted && isKnown(entry));
}
