/**
 * Under which digests layers lie in registries, compressed, so that pushing one there again needs neither compression
 * nor upload (moby's distribution metadata).
 */
import * as z from 'zod';
import { decodeUtf8, encodeUtf8 } from '../../lib/bytes.ts';
import { type Digest, isDigest } from '../../lib/digest.ts';
import { Mutex } from '../../lib/mutex.ts';
import { type BlobStore, readWhole, writeWhole } from '../layers/blob-store.ts';

const recordSchema = z.object({
  digest: z.string().refine(isDigest) as unknown as z.ZodType<Digest>,
  size: z.number().int().nonnegative(),
  /** `docker.io/library/busybox` */
  repository: z.string(),
});
const storedSchema = z.record(z.string(), z.array(recordSchema));

export type DistributionRecord = z.infer<typeof recordSchema>;

const storedKey = 'distribution';
/** The latest of a layer that are remembered. */
const maxRecords = 20;

export class DistributionRecords {
  readonly #blobs: BlobStore;
  readonly #saving = new Mutex();
  #records: Promise<Map<string, DistributionRecord[]>> | undefined;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
  }

  /** The latest first. */
  async of(diffId: Digest): Promise<readonly DistributionRecord[]> {
    return (await this.#load()).get(diffId) ?? [];
  }

  async add(diffId: Digest, record: DistributionRecord): Promise<void> {
    const records = await this.#load();
    const others = (records.get(diffId) ?? []).filter(
      ({ digest, repository }) => digest !== record.digest || repository !== record.repository,
    );
    records.set(diffId, [record, ...others].slice(0, maxRecords));
    const save = () => writeWhole(this.#blobs, storedKey, encodeUtf8(JSON.stringify(Object.fromEntries(records))));
    await this.#saving.run(save);
  }

  #load(): Promise<Map<string, DistributionRecord[]>> {
    return (this.#records ??= this.#read());
  }

  async #read(): Promise<Map<string, DistributionRecord[]>> {
    const bytes = await readWhole(this.#blobs, storedKey);
    const parsed = bytes && storedSchema.safeParse(JSON.parse(decodeUtf8(bytes)));
    return new Map(parsed?.success ? Object.entries(parsed.data) : []);
  }
}
