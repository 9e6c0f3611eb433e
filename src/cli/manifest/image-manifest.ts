/** The manifest of one image as `docker manifest` keeps and prints it (docker/cli's manifest/types.ImageManifest). */
import * as z from 'zod';
import { decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, isDigest } from '../../lib/digest.ts';
import { goJson } from '../../lib/go-json.ts';
import { type Reference, fullString } from '../../lib/reference.ts';

const digest = z.string().refine(isDigest, 'is no sha256 digest') as unknown as z.ZodType<Digest>;
const platformSchema = z.object({
  architecture: z.string().default(''),
  os: z.string().default(''),
  'os.version': z.string().optional(),
  'os.features': z.array(z.string()).nullish(),
  variant: z.string().optional(),
});
const descriptorSchema = z.object({
  mediaType: z.string().default(''),
  digest,
  size: z.number(),
  platform: platformSchema.optional(),
});
const manifestSchema = z.object({
  mediaType: z.string().optional(),
  config: descriptorSchema,
  layers: z.array(descriptorSchema),
});
const indexSchema = z.object({ manifests: z.array(descriptorSchema) });
const storedSchema = z.object({ Ref: z.string(), Descriptor: descriptorSchema, Raw: z.base64() });

export type ImagePlatform = z.infer<typeof platformSchema>;
export type Descriptor = z.infer<typeof descriptorSchema>;

const ociManifest = 'application/vnd.oci.image.manifest.v1+json';
const dockerManifest = 'application/vnd.docker.distribution.manifest.v2+json';

export interface ImageManifest {
  /** The whole name it was had by. */
  readonly ref: string;
  readonly descriptor: Descriptor;
  /** As the registry has it. */
  readonly raw: Uint8Array<ArrayBuffer>;
}

/** The manifests an index lists; undefined when it is none. */
export function listedManifests(bytes: Uint8Array): Descriptor[] | undefined {
  const parsed = indexSchema.safeParse(JSON.parse(decodeUtf8(bytes)));
  return parsed.success ? parsed.data.manifests : undefined;
}

/** Throws an Error when the bytes are no image manifest. */
export function configOf(bytes: Uint8Array, reference: Reference): Descriptor {
  const parsed = manifestSchema.safeParse(JSON.parse(decodeUtf8(bytes)));
  if (!parsed.success) throw new Error(`${fullString(reference)} is not a manifest`);
  return parsed.data.config;
}

/** `config` is the image's, which says what it is for. */
export function imageManifest(
  reference: Reference,
  { bytes, digest }: { bytes: Uint8Array; digest: Digest },
  config: Uint8Array,
): ImageManifest {
  const { mediaType } = JSON.parse(decodeUtf8(bytes)) as { mediaType?: string };
  const { architecture, os, ...rest } = platformSchema.parse(JSON.parse(decodeUtf8(config)));
  const platform = { architecture, os, ...rest };
  const descriptor = { mediaType: mediaType || ociManifest, digest, size: bytes.length, platform };
  return { ref: fullString(reference), descriptor, raw: bytes.slice() };
}

/** Digests of all it consists of: its config first. */
export function blobsOf({ raw }: ImageManifest): Digest[] {
  const { config, layers } = manifestSchema.parse(JSON.parse(decodeUtf8(raw)));
  return [config, ...layers].map(({ digest }) => digest);
}

/** As a file of the store, and as `inspect --verbose` shows it, on one line. */
export function encodeImageManifest(manifest: ImageManifest): string {
  const { ref, descriptor, raw } = manifest;
  const kind = descriptor.mediaType === dockerManifest ? 'SchemaV2Manifest' : 'OCIManifest';
  const { mediaType, digest, size, platform } = descriptor;
  return goJson({
    Ref: ref,
    Descriptor: { mediaType, digest, size, platform: platform && orderedPlatform(platform) },
    Raw: btoa(String.fromCharCode(...raw)),
    [kind]: JSON.parse(decodeUtf8(raw)) as unknown,
  });
}

/** Throws an Error when the text is none. */
export function decodeImageManifest(text: string): ImageManifest {
  const { Ref, Descriptor, Raw } = storedSchema.parse(JSON.parse(text));
  return { ref: Ref, descriptor: Descriptor, raw: Uint8Array.from(atob(Raw), (character) => character.charCodeAt(0)) };
}

/** The index that lists these images, indented by three, as it is pushed. */
export function encodeIndex(manifests: readonly ImageManifest[]): {
  bytes: Uint8Array<ArrayBuffer>;
  mediaType: string;
} {
  const isOci = manifests[0]?.descriptor.mediaType === ociManifest;
  const mediaType = isOci
    ? 'application/vnd.oci.image.index.v1+json'
    : 'application/vnd.docker.distribution.manifest.list.v2+json';
  const entries = manifests.map(({ descriptor: { mediaType, size, digest, platform } }) => ({
    ...{ mediaType, size, digest },
    platform: orderedPlatform(platform ?? { architecture: '', os: '' }),
  }));
  const text = JSON.stringify({ schemaVersion: 2, mediaType, manifests: entries }, undefined, 3);
  return { bytes: encodeUtf8(text) as Uint8Array<ArrayBuffer>, mediaType };
}

/** In the order of Go's struct, without what is empty. */
const orderedPlatform = (platform: ImagePlatform): object => ({
  architecture: platform.architecture,
  os: platform.os,
  'os.version': platform['os.version'] || undefined,
  'os.features': platform['os.features']?.length ? platform['os.features'] : undefined,
  variant: platform.variant || undefined,
});
