/**
 * Layers on their way in, for all pulls of the engine: three downloads at a time, and a layer two pulls want is fetched
 * once, with both told of its progress (moby's distribution/xfer).
 */
import { DockerError } from '../../api/error.ts';
import type { ProgressMessage } from '../../api/progress.ts';
import { type Digest, shortId } from '../../lib/digest.ts';
import { Semaphore } from '../../lib/semaphore.ts';
import type { LayerStore } from '../layers/layer-store.ts';
import type { Descriptor } from '../registry/manifest.ts';
import type { BlobDownload } from '../registry/registry-client.ts';
import { RegistryError } from '../registry/registry-endpoint.ts';
import { layerProgress, layerStatus, sparsely } from './progress.ts';

type Watcher = (message: ProgressMessage) => void;

export interface LayerJob {
  diffId: Digest;
  descriptor: Descriptor;
  download: BlobDownload;
  /** Settled once the layer below is in place: layers are unpacked bottom first. */
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

const oneSecond = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1000));

export class LayerTransfers {
  readonly #layers: LayerStore;
  readonly #second: () => Promise<void>;
  readonly #downloads = new Semaphore(maxDownloads);
  readonly #active = new Map<Digest, Transfer>();

  /** `second` waits a second between tries. */
  constructor(layers: LayerStore, second: () => Promise<void> = oneSecond) {
    this.#layers = layers;
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
    const { diffId, descriptor } = job;
    const id = shortId(descriptor.digest);
    if (await this.#layers.has(diffId)) return report({ status: 'Already exists', progressDetail: {}, id });
    report(layerStatus(id, 'Pulling fs layer'));
    const blob = await this.#downloads.run(
      () => this.#download(job, id, report, signal),
      () => report(layerStatus(id, 'Waiting')),
    );
    report(layerStatus(id, 'Verifying Checksum'));
    report(layerStatus(id, 'Download complete'));
    await job.below.catch(() => {});
    signal.throwIfAborted();
    const extracting = (bytes: number) => report(layerProgress(id, 'Extracting', bytes, descriptor.size));
    await this.#layers.add(diffId, blob, sparsely(descriptor.size, extracting));
    report(layerStatus(id, 'Pull complete'));
  }

  async #download(job: LayerJob, id: string, report: Watcher, signal: AbortSignal): Promise<Blob> {
    const { size } = job.descriptor;
    for (let attempt = 1; ; attempt++) {
      try {
        signal.throwIfAborted();
        const downloading = (bytes: number) => report(layerProgress(id, 'Downloading', bytes, size));
        return await job.download(signal, sparsely(size, downloading));
      } catch (cause) {
        // What is wrong for good stays so: bytes that do not match their digest, a registry that says no.
        if (signal.aborted || cause instanceof DockerError || cause instanceof RegistryError) throw cause;
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
