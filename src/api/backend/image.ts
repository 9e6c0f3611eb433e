import type { Filters } from '../filters.ts';
import type {
  DistributionInspect,
  ImageDeleteItem,
  ImageHistoryItem,
  ImageInspect,
  ImagePlatform,
  ImagesPruneResponse,
  ImageSummary,
} from '../image.ts';
import type { ProgressMessage } from '../progress.ts';
import type { RegistryAuth } from '../registry-auth.ts';
import type { Reference } from '../../lib/reference.ts';

/** What the image routes need from the engine; `image` is a reference or an ID (or a prefix of one), as the client wrote it. */
export interface ImageBackend {
  list(options: ImageListOptions): Promise<ImageSummary[]>;
  /** Rejects as `not-found` when the image is for another platform than the one asked for. */
  inspect(image: string, platform?: ImagePlatform): Promise<ImageInspect>;
  history(image: string, platform?: ImagePlatform): Promise<ImageHistoryItem[]>;
  /** Progress is written as it is reported; what rejects before the first report becomes a status, later a last line. */
  pull(options: ImagePullOptions, progress: ProgressReporter, signal: AbortSignal): Promise<void>;
  /** Progress as for `pull`. */
  push(options: ImagePushOptions, progress: ProgressReporter, signal: AbortSignal): Promise<void>;
  search(options: ImageSearchOptions, signal: AbortSignal): Promise<ImageSearchItem[]>;
  /** What a registry has under a name. */
  distribution(image: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<DistributionInspect>;
  /** Makes an image of a tar of a file system; progress as for `pull`. */
  import(options: ImageImportOptions, progress: ProgressReporter, signal: AbortSignal): Promise<void>;
  /**
   * A tar of images, for `load`. Rejects when one is not there. Whoever takes it reads it to its end, or ends its
   * iterator.
   */
  save(images: readonly string[], platform?: ImagePlatform): Promise<AsyncIterable<Uint8Array>>;
  /** Takes in the images of a tar, which may be compressed. */
  load(
    archive: AsyncIterable<Uint8Array>,
    options: { platform?: ImagePlatform; quiet: boolean },
    progress: ProgressReporter,
  ): Promise<void>;
  tag(image: string, target: { repository: string; tag: string }): Promise<void>;
  delete(image: string, options: ImageDeleteOptions): Promise<ImageDeleteItem[]>;
  prune(filters: Filters): Promise<ImagesPruneResponse>;
}

export type ProgressReporter = (message: ProgressMessage) => void;

export interface ImageListOptions {
  /** Intermediate images too. */
  all: boolean;
  filters: Filters;
  /** Compute what they share with others. */
  sharedSize: boolean;
  /** Count their containers. */
  containerCount?: boolean;
}

export interface ImagePullOptions {
  /** A reference, with or without tag or digest. */
  image: string;
  /** A tag or a digest; empty when `image` has it, or when every tag is wanted. */
  tag: string;
  /** `os[/arch[/variant]]`. */
  platform?: string;
  auth?: RegistryAuth;
}

export interface ImagePushOptions {
  /** A repository, with or without tag. */
  image: string;
  /** Empty when `image` has it, or when every tag is wanted. */
  tag: string;
  auth?: RegistryAuth;
}

export interface ImageSearchOptions {
  term: string;
  /** 0 leaves it to the engine. */
  limit: number;
  filters: Filters;
  auth?: RegistryAuth;
}

/** A repository as `docker search` finds it. */
export interface ImageSearchItem {
  star_count: number;
  is_official: boolean;
  name: string;
  is_automated: boolean;
  description: string;
}

export interface ImageImportOptions {
  /** A tar, which may be compressed, or the URL of one. */
  source: AsyncIterable<Uint8Array> | string;
  /** What the image is called, with its tag. */
  reference?: Reference;
  /** The comment of its history. */
  message: string;
  /** Dockerfile instructions. */
  changes: readonly string[];
  /** `os[/arch[/variant]]`; the host's own without it. */
  platform?: string;
}

export interface ImageDeleteOptions {
  force: boolean;
  /** Delete untagged parents too. */
  pruneChildren: boolean;
  platform?: ImagePlatform;
}
