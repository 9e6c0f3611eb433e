import { LRUCache } from 'lru-cache';

export interface CachedManifest {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly contentType: string;
  readonly digest: string;
}

const maxBytes = 64 << 20;

/** Manifests of the last minute, so that a classroom's thirty pulls are one question to the registry. */
export class ManifestCache {
  readonly #known: LRUCache<string, CachedManifest>;
  readonly #asked = new Map<string, Promise<CachedManifest>>();

  constructor(seconds: number) {
    this.#known = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: ({ bytes }) => bytes.length + 256,
      // Zero would mean for ever.
      ttl: Math.max(1, seconds * 1000),
    });
  }

  /** The manifest under a key, asked for once by however many at a time. A refusal is told to them and not kept. */
  async get(key: string, ask: () => Promise<CachedManifest>): Promise<CachedManifest> {
    const known = this.#known.get(key);
    if (known) return known;
    const pending = this.#asked.get(key);
    if (pending) return pending;
    const asked = ask().finally(() => this.#asked.delete(key));
    this.#asked.set(key, asked);
    const manifest = await asked;
    this.#known.set(key, manifest);
    return manifest;
  }
}
