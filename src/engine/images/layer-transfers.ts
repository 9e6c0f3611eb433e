/**
 * Layers on their way in, for all pulls of the engine: three at a time, each unpacked while it comes in; a layer two
 * pulls want is fetched once, with both told of its progress (moby's distribution/xfer). Of engines that share the
 * blobs one fetches a layer and the others wait for it.
 */
import { DockerError } from '../../api/error.ts';
import type { ProgressMessage } from '../../api/progress.ts';
import { type Digest, shortId } from '../../lib/digest.ts';
import { Semaphore } from '../../lib/semaphore.ts';
import { LayerError, type LayerStore } from '../layers/layer-store.ts';
import { type BlobStore, isStoreFull } from '../layers/blob-store.ts';
import { type GzipDecoder, InflateError } from '../layers/inflate.ts';
import { discardPartialDownloads, downloadLock } from '../layers/partial-downloads.ts';
import type { RemoteBlob } from '../registry/remote-blob.ts';
import { RegistryError } from '../registry/registry-endpoint.ts';
import { LayerDownload } from './layer-download.ts';
import { layerProgress, layerStatus, sparsely } from './progress.ts';

type Watcher = (message: ProgressMessage) => void;

export interface LayerJob {
  diffId: Digest;
  blob: RemoteBlob;
  /** Settled once the layer below is in place: layers are told complete bottom first. */
  below: Promise<unknown>;
}

interface Transfer {
  readonly watchers: Set<Watcher>;
  readonly controller: AbortController;
  last: ProgressMessage | undefined;
  done: Promise<void>;
}

const maxDownloads = 3;
const maxRetries = 5;

/** A browser's own inflater does not take all there is; what it has to say of damage, the other says, too. */
const isGzipError = (error: unknown): boolean => error instanceof InflateError && error.compression === 'gzip';

const oneSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000));

export class LayerTransfers {
  readonly #layers: LayerStore;
  readonly #blobs: BlobStore;
  readonly #second: () => Promise<void>;
  readonly #downloads = new Semaphore(maxDownloads);
  readonly #active = new Map<Digest, Transfer>();

  /** `second` waits a second between tries. */
  constructor(layers: LayerStore, blobs: BlobStore, second: () => Promise<void> = oneSecond) {
    this.#layers = layers;
    this.#blobs = blobs;
    this.#second = second;
  }

  /**
   * Has the layer in the store when it is fulfilled. When `signal` aborts, the transfer itself is given up only if
   * nobody else waits for it; the promise then settles once it has stopped.
   */
  async fetch(job: LayerJob, watcher: Watcher, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const transfer = this.#active.get(job.diffId) ?? this.#start(job);
    transfer.watchers.add(watcher);
    if (transfer.last) watcher(transfer.last);
    const left = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => {
        transfer.watchers.delete(watcher);
        if (transfer.watchers.size > 0) return reject(signal.reason as Error);
        // Whoever asks from now on starts anew.
        if (this.#active.get(job.diffId) === transfer) this.#active.delete(job.diffId);
        transfer.controller.abort(signal.reason);
      });
    });
    await Promise.race([transfer.done, left]);
  }

  #start(job: LayerJob): Transfer {
    const transfer: Transfer = {
      watchers: new Set(),
      controller: new AbortController(),
      last: undefined,
      done: Promise.resolve(),
    };
    this.#active.set(job.diffId, transfer);
    const report = (message: ProgressMessage) => {
      transfer.last = message;
      for (const watcher of transfer.watchers) watcher(message);
    };
    transfer.done = this.#run(job, report, transfer.controller.signal).finally(() => {
      if (this.#active.get(job.diffId) === transfer) this.#active.delete(job.diffId);
    });
    return transfer;
  }

  async #run(job: LayerJob, report: Watcher, signal: AbortSignal): Promise<void> {
    const { diffId, blob } = job;
    const id = shortId(blob.digest);
    const exists = () => report({ status: 'Already exists', progressDetail: {}, id });
    if (await this.#layers.has(diffId)) return exists();
    report(layerStatus(id, 'Pulling fs layer'));
    const waiting = () => report(layerStatus(id, 'Waiting'));
    const isFetched = await this.#alone(
      blob,
      async () => {
        if (await this.#layers.has(diffId)) return false;
        await this.#downloads.run(() => this.#fetch(job, id, report, signal), waiting);
        return true;
      },
      waiting,
      signal,
    );
    if (!isFetched) return exists();
    await job.below.catch(() => {});
    signal.throwIfAborted();
    report(layerProgress(id, 'Extracting', blob.size, blob.size));
    report(layerStatus(id, 'Pull complete'));
  }

  /** Runs `task` while no other engine fetches the same blob; `onWait` is called when one does. */
  async #alone<T>(blob: RemoteBlob, task: () => Promise<T>, onWait: () => void, signal: AbortSignal): Promise<T> {
    const { sharing } = this.#blobs;
    const name = downloadLock(blob.digest);
    let outcome: { value: T } | undefined;
    const run = async () => void (outcome = { value: await task() });
    if (!(await sharing.ifFree(name, run))) {
      onWait();
      await sharing.exclusive(name, run, signal);
    }
    return outcome!.value;
  }

  /** Brings the layer into the store, from where an earlier download of it ended. */
  async #fetch({ diffId, blob }: LayerJob, id: string, report: Watcher, signal: AbortSignal): Promise<void> {
    let gzip: GzipDecoder = 'native';
    let hasMadeRoom = false;
    for (;;) {
      const download = new LayerDownload(this.#blobs, blob);
      const chunks = () => this.#chunks(download, blob.size, id, report, signal);
      try {
        await this.#register(diffId, chunks, gzip);
        return await download.discard();
      } catch (error) {
        const hasOther = gzip === 'native' && error instanceof LayerError && isGzipError(error.cause);
        // What is wrong for good would be wrong the next time.
        const isWrong = error instanceof LayerError || (error instanceof DockerError && error.kind === 'system');
        const isKept = hasOther || !(isWrong || isStoreFull(error));
        await (isKept ? download.keep() : download.discard()).catch(() => {});
        if (hasOther) {
          gzip = 'portable';
          continue;
        }
        // Leftovers of other downloads are worth less than this layer.
        if (!isStoreFull(error) || hasMadeRoom || signal.aborted) throw error;
        hasMadeRoom = (await discardPartialDownloads(this.#blobs)) > 0;
        if (!hasMadeRoom) throw error;
      }
    }
  }

  async #register(diffId: Digest, chunks: () => AsyncGenerator<Uint8Array>, gzip: GzipDecoder): Promise<void> {
    try {
      await this.#layers.add(diffId, chunks(), gzip);
    } catch (error) {
      // A blob that is another than its digest says may be damaged in any way: its digest is the better reason.
      if (error instanceof LayerError && !isStoreFull(error)) for await (const _ of chunks());
      throw error;
    }
  }

  /** The bytes of a download, taken up again where it breaks off. */
  async *#chunks(
    download: LayerDownload,
    size: number,
    id: string,
    report: Watcher,
    signal: AbortSignal,
  ): AsyncGenerator<Uint8Array> {
    const progress = sparsely(size, (bytes) => report(layerProgress(id, 'Downloading', bytes, size)));
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const chunk of download.chunks(signal)) {
          progress(download.received);
          yield chunk;
        }
        report(layerStatus(id, 'Verifying Checksum'));
        report(layerStatus(id, 'Download complete'));
        return;
      } catch (cause) {
        // What is wrong for good stays so: bytes that do not match their digest, a registry that says no.
        if (signal.aborted || cause instanceof DockerError || cause instanceof RegistryError || isStoreFull(cause)) {
          throw cause;
        }
        if (attempt > maxRetries) {
          const message = `download failed after attempts=${attempt}: ${(cause as Error).message}`;
          throw new DockerError('unavailable', message, { cause });
        }
        for (let left = attempt * 5; left > 0 && !signal.aborted; left--) {
          report(layerStatus(id, `Retrying in ${left} second${left === 1 ? '' : 's'}`));
          await this.#second();
        }
      }
    }
  }
}
