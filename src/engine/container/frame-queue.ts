import { deferred, type Deferred } from '../../lib/deferred.ts';
import type { StdFrame } from '../../lib/stdcopy.ts';

/** Bytes one attached client may lag behind before its container has to wait. */
const capacity = 1024 * 1024;

/** Frames on their way to one client, with back-pressure on the one who pushes. */
export class FrameQueue {
  #frames: StdFrame[] = [];
  #size = 0;
  #ended = false;
  #filled: Deferred | undefined;
  #drained: Deferred | undefined;

  /** Resolves when there is room for more. */
  push(frame: StdFrame): Promise<void> | undefined {
    if (this.#ended) return undefined;
    this.#frames.push(frame);
    this.#size += frame.data.length;
    this.#filled?.resolve();
    if (this.#size < capacity) return undefined;
    this.#drained ??= deferred();
    return this.#drained.promise;
  }

  /** What was pushed is still delivered. */
  end(): void {
    this.#ended = true;
    this.#filled?.resolve();
    this.#drained?.resolve();
  }

  async *frames(): AsyncGenerator<StdFrame> {
    try {
      for (;;) {
        const frame = this.#frames.shift();
        if (frame) {
          this.#size -= frame.data.length;
          if (this.#drained && this.#size < capacity / 2) {
            this.#drained.resolve();
            this.#drained = undefined;
          }
          yield frame;
        } else if (this.#ended) {
          return;
        } else {
          this.#filled = deferred();
          await this.#filled.promise;
        }
      }
    } finally {
      this.#frames = [];
      this.end();
    }
  }
}
