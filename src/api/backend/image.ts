import type { Filters } from '../filters.ts';
import type {
  ImageDeleteItem,
  ImageHistoryItem,
  ImageInspect,
  ImagePlatform,
  ImagesPruneResponse,
  ImageSummary,
} from '../image.ts';
import type { ProgressMessage } from '../progress.ts';
import type { RegistryAuth } from '../registry-auth.ts';

/** What the image routes need from the engine; `image` is a reference or an ID (or a prefix of one), as the client wrote it. */
export interface ImageBackend {
  list(options: ImageListOptions): Promise<ImageSummary[]>;
  /** Rejects as `not-found` when the image is for another platform than the one asked for. */
  inspect(image: string, platform?: ImagePlatform): Promise<ImageInspect>;
  history(image: string, platform?: ImagePlatform): Promise<ImageHistoryItem[]>;
  /** Progress is written as it is reported; what rejects before the first report becomes a status, later a last line. */
  pull(options: ImagePullOptions, progress: ProgressReporter, signal: AbortSignal): Promise<void>;
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

export interface ImageDeleteOptions {
  force: boolean;
  /** Delete untagged parents too. */
  pruneChildren: boolean;
  platform?: ImagePlatform;
}
