import type {
  ImageBackend,
  ImageDeleteOptions,
  ImageImportOptions,
  ImageListOptions,
  ImagePullOptions,
  ImagePushOptions,
  ImageSearchItem,
  ImageSearchOptions,
  ProgressReporter,
} from '../../api/backend/image.ts';
import { DockerError } from '../../api/error.ts';
import type { Filters } from '../../api/filters.ts';
import type {
  DistributionInspect,
  ImageDeleteItem,
  ImageHistoryItem,
  ImageInspect,
  ImagePlatform,
  ImageSummary,
  ImagesPruneResponse,
} from '../../api/image.ts';
import type { RegistryAuth } from '../../api/registry-auth.ts';
import type { Digest } from '../../lib/digest.ts';
import { familiarName, familiarString, withDefaultTag } from '../../lib/reference.ts';
import { inspectDistribution } from './distribution.ts';
import { imageHistory } from './history.ts';
import type { Image } from './image.ts';
import { type ImageStore, parseUserReference } from './image-store.ts';
import { imageForPlatform } from './image-platform.ts';
import { inspectImage } from './inspect.ts';
import { importImage } from './import.ts';
import { LayerTransfers } from './layer-transfers.ts';
import { listImages } from './list.ts';
import { type LoadOptions, loadImages } from './load.ts';
import { pruneImages } from './prune.ts';
import { pullImage } from './pull.ts';
import { pushImage } from './push.ts';
import { type ImageUser, type RemoveContext, removeImage } from './remove.ts';
import { withRoomAdvice } from './room.ts';
import { saveImages } from './save.ts';
import { searchImages } from './search.ts';
import { checkTagName, tagImage } from './tag.ts';

/** The parts of the engine that images touch. */
export interface ImageServiceContext {
  readonly images: ImageStore;
  readonly containers: { users(): readonly (ImageUser & { readonly image: { readonly id: string } })[] };
  readonly events: { publish(type: 'image', action: string, id: string, attributes: Record<string, string>): void };
}

/** What the API asks of images. */
export class ImageService implements ImageBackend {
  readonly #context: ImageServiceContext;
  readonly #store: ImageStore;
  readonly #transfers: LayerTransfers;

  constructor(context: ImageServiceContext) {
    this.#context = context;
    this.#store = context.images;
    this.#transfers = new LayerTransfers(this.#store.layers, this.#store.blobs);
  }

  async list(options: ImageListOptions): Promise<ImageSummary[]> {
    return listImages(this.#store, options, (id) => this.#usersOf(id).length);
  }

  async inspect(image: string, platform?: ImagePlatform): Promise<ImageInspect> {
    return inspectImage(this.#store, imageForPlatform(this.#store, image, platform));
  }

  async history(image: string, platform?: ImagePlatform): Promise<ImageHistoryItem[]> {
    return imageHistory(this.#store, imageForPlatform(this.#store, image, platform));
  }

  async pull(options: ImagePullOptions, report: ProgressReporter, signal: AbortSignal): Promise<void> {
    const reference = await this.#withRoom(() => pullImage(this.#store, this.#transfers, options, report, signal));
    // moby's event is about the reference, not the image's ID.
    this.#publish('pull', familiarString(reference), this.#store.byReference(reference), familiarName(reference));
  }

  async import(options: ImageImportOptions, report: ProgressReporter, signal: AbortSignal): Promise<void> {
    await this.#withRoom(() => importImage(this.#context, options, report, signal));
  }

  async save(names: readonly string[], platform?: ImagePlatform): Promise<AsyncIterable<Uint8Array>> {
    return saveImages(this.#context, names, platform);
  }

  async load(archive: AsyncIterable<Uint8Array>, options: LoadOptions, report: ProgressReporter): Promise<void> {
    await this.#withRoom(() => loadImages(this.#context, archive, options, report));
  }

  async push(options: ImagePushOptions, report: ProgressReporter, signal: AbortSignal): Promise<void> {
    const reference = await pushImage(this.#store, options, report, signal);
    this.#publish('push', familiarString(reference), this.#store.byReference(reference), familiarName(reference));
  }

  search(options: ImageSearchOptions, signal: AbortSignal): Promise<ImageSearchItem[]> {
    return searchImages(this.#store.registry, options, signal);
  }

  distribution(name: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<DistributionInspect> {
    return inspectDistribution(this.#store.registry, name, auth, signal);
  }

  async tag(text: string, target: { repository: string; tag: string }): Promise<void> {
    const name = parseUserReference(target.repository);
    if (name.digest !== undefined) throw new DockerError('invalid-parameter', 'cannot import digest reference');
    if (!/^[\w][\w.-]{0,127}$/.test(target.tag || 'latest')) {
      throw new DockerError('invalid-parameter', 'invalid tag format');
    }
    const reference = withDefaultTag(target.tag === '' ? name : { ...name, tag: target.tag });
    checkTagName(reference);
    await tagImage(this.#context, this.#store.get(text), reference);
  }

  async delete(image: string, options: ImageDeleteOptions): Promise<ImageDeleteItem[]> {
    return removeImage(this.#removeContext(), image, options);
  }

  async prune(filters: Filters): Promise<ImagesPruneResponse> {
    const pruned = await pruneImages(this.#removeContext(), filters);
    this.#context.events.publish('image', 'prune', '', { reclaimed: String(pruned.SpaceReclaimed) });
    return pruned;
  }

  #withRoom<T>(task: () => Promise<T>): Promise<T> {
    return withRoomAdvice(this.#store, (id) => this.#usersOf(id).length > 0, task);
  }

  #usersOf(imageId: Digest): readonly ImageUser[] {
    return this.#context.containers.users().filter(({ image }) => image.id === imageId);
  }

  #removeContext(): RemoveContext {
    return {
      store: this.#store,
      usedBy: (imageId) => this.#usersOf(imageId),
      publish: (action, imageId) => this.#publish(action, imageId, this.#store.byId(imageId), imageId),
    };
  }

  #publish(action: string, id: string, image: Image | undefined, name: string): void {
    this.#context.events.publish('image', action, id, { ...image?.config.Labels, name });
  }
}
