// v86 drops what it is given for a port without a posted receive buffer, and cuts chunks over 4,096 bytes. This queue
// hands over one buffer's worth at a time, only when the guest has a buffer for it.

interface VirtQueue {
  is_configured(): boolean | number;
  has_request(): boolean;
}

/** The part of v86's virtio console device that the machine touches. */
export interface VirtioConsole {
  readonly virtio: { readonly queues: readonly VirtQueue[] };
  SendEvent(port: number, event: number, value: number): void;
}

/** Linux posts receive buffers of one page each. */
const receiveBufferSize = 4096;

export class PortWriter {
  readonly #queue: VirtQueue;
  readonly #send: (chunk: Uint8Array) => void;
  #chunks: Uint8Array[] = [];
  #pending = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(device: VirtioConsole, port: number, send: (chunk: Uint8Array) => void) {
    this.#queue = device.virtio.queues[port === 0 ? 0 : 2 + 2 * port]!;
    this.#send = send;
  }

  /** Bytes not yet handed to the guest. */
  get pending(): number {
    return this.#pending;
  }

  write(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.push(bytes);
    this.#pending += bytes.length;
    this.flush();
  }

  /** Hands over as much as the guest has buffers for. Call it also when the guest has been active. */
  flush(): void {
    while (this.#chunks.length > 0 && this.#queue.is_configured() && this.#queue.has_request()) {
      const chunk = this.#take(receiveBufferSize);
      this.#pending -= chunk.length;
      this.#send(chunk);
    }
    // The device has no hook for "buffers posted", so ask again shortly while something waits.
    if (this.#chunks.length > 0) this.#retry ??= setTimeout(() => this.#again(), 1);
  }

  #again(): void {
    this.#retry = undefined;
    this.flush();
  }

  /** Up to `limit` bytes from the front: small frames that wait together share one buffer. */
  #take(limit: number): Uint8Array {
    const first = this.#chunks[0]!;
    if (first.length >= limit || this.#chunks.length === 1) {
      const chunk = first.subarray(0, limit);
      if (first.length > limit) this.#chunks[0] = first.subarray(limit);
      else this.#chunks.shift();
      return chunk;
    }
    const joined = new Uint8Array(Math.min(limit, this.#pending));
    let length = 0;
    while (length < joined.length) {
      const next = this.#chunks[0]!;
      const part = next.subarray(0, joined.length - length);
      joined.set(part, length);
      length += part.length;
      if (part.length < next.length) this.#chunks[0] = next.subarray(part.length);
      else this.#chunks.shift();
    }
    return joined;
  }
}
