/**
 * An image: its config file (OCI image-spec config.md, which Docker's own agrees with) and what follows from it.
 */
import * as z from 'zod';
import { DockerError } from '../../api/error.ts';
import type { ImageConfig } from '../../api/image.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, digestOf, isDigest } from '../../lib/digest.ts';
import { guestPlatform, platformName } from '../registry/manifest.ts';

const digest = z.string().refine(isDigest, 'is no sha256 digest') as unknown as z.ZodType<Digest>;
const text = z.string().nullish();

const historySchema = z.object({
  created: text,
  created_by: text,
  author: text,
  comment: text,
  empty_layer: z.boolean().nullish(),
});

const configFileSchema = z.object({
  created: text,
  author: text,
  comment: text,
  docker_version: text,
  architecture: z.string(),
  os: z.string(),
  variant: text,
  container: text,
  container_config: z.record(z.string(), z.unknown()).nullish(),
  // Checked where a container is made of it; images hold all kinds of things here.
  config: z.record(z.string(), z.unknown()).nullish(),
  rootfs: z.object({ type: z.literal('layers'), diff_ids: z.array(digest).nullish() }),
  history: z.array(historySchema).nullish(),
});

export type ImageConfigFile = z.infer<typeof configFileSchema>;

export interface Image {
  /** Digest of the config file. */
  readonly id: Digest;
  readonly file: ImageConfigFile;
  /** The container defaults, without what is unset. */
  readonly config: ImageConfig;
  /** Bottom layer first. */
  readonly diffIds: readonly Digest[];
  readonly chainIds: readonly Digest[];
  /** Bytes of each layer's content, as Docker counts. */
  readonly layerSizes: readonly number[];
  /** The image it was made of, where that was done here. */
  parent?: Digest;
  /** RFC 3339; when `docker tag` last gave it a name. */
  lastTagTime?: string;
}

export const imageSize = (image: Image): number => image.layerSizes.reduce((total, size) => total + size, 0);

/** Nanoseconds since 1970 of the config's `created`, 0 where it has none. */
export function createdNanoseconds(image: Image): bigint {
  const match = /^(.*?)(?:\.([0-9]{1,9})[0-9]*)?(Z|[+-][0-9:]+)$/.exec(image.file.created ?? '');
  const milliseconds = match ? Date.parse(match[1]! + match[3]!) : NaN;
  if (!match || Number.isNaN(milliseconds)) return 0n;
  return BigInt(milliseconds) * 1_000_000n + BigInt((match[2] ?? '').padEnd(9, '0'));
}

export const createdSeconds = (image: Image): number => Number(createdNanoseconds(image) / 1_000_000_000n);

/** Reads a config file. Throws a DockerError when it is none. */
export function parseConfigFile(bytes: Uint8Array, shownName: string): ImageConfigFile {
  let json: unknown;
  try {
    json = JSON.parse(decodeUtf8(bytes));
  } catch (cause) {
    throw new DockerError('system', `the config of ${shownName} is no JSON: it may be no image`, { cause });
  }
  const parsed = configFileSchema.safeParse(json);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw new DockerError('system', `the config of ${shownName} is no image config: ${path.join('.')}: ${message}`);
  }
  return parsed.data;
}

/** Refuses an image of another platform than the guest's. */
export function checkRuns({ os, architecture }: ImageConfigFile, shownName: string): void {
  const [wanted, actual] = [platformName(guestPlatform), platformName({ os, architecture })];
  if (actual === wanted) return;
  const found = `image with reference ${shownName} was found but does not match the specified platform`;
  throw new DockerError('not-found', `${found}: wanted ${wanted}, actual: ${actual}`);
}

export async function createImage(id: Digest, file: ImageConfigFile, layerSizes: readonly number[]): Promise<Image> {
  const diffIds = file.rootfs.diff_ids ?? [];
  return { id, file, config: setFields(file.config ?? {}), diffIds, chainIds: await chainIdsOf(diffIds), layerSizes };
}

/** https://github.com/opencontainers/image-spec/blob/main/config.md#layer-chainid */
async function chainIdsOf(diffIds: readonly Digest[]): Promise<Digest[]> {
  const chainIds: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chainIds.at(-1);
    chainIds.push(below === undefined ? diffId : await digestOf(`${below} ${diffId}`));
  }
  return chainIds;
}

const configFields = new Set<string>([
  ...['User', 'ExposedPorts', 'Env', 'Entrypoint', 'Cmd', 'Volumes', 'WorkingDir', 'Labels', 'StopSignal'],
  ...['ArgsEscaped', 'Healthcheck', 'OnBuild', 'Shell'],
]);

/** The fields an image config may have that are set to something, as Go's `omitempty` leaves them. */
function setFields(config: Record<string, unknown>): ImageConfig {
  const isSet = (value: unknown) =>
    typeof value === 'object' && value !== null ? Object.keys(value).length > 0 : Boolean(value);
  return Object.fromEntries(Object.entries(config).filter(([name, value]) => configFields.has(name) && isSet(value)));
}
