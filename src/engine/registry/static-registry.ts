/**
 * The offline catalogue: an OCI registry laid out as plain files that any web server can serve
 * (kernel-image/catalogue/README.md). It answers for Docker Hub, as a mirror that has a few images.
 */
import * as z from 'zod';
import { DockerError } from '../../api/error.ts';
import type { Digest } from '../../lib/digest.ts';
import {
  type BlobBody,
  type RawManifest,
  type RegistryEndpoint,
  RegistryError,
  type Repository,
  blobBody,
} from './registry-endpoint.ts';

const catalogueSchema = z.object({
  images: z.array(
    z.object({
      /** `library/busybox` */
      name: z.string(),
      tags: z.array(z.string()),
      /** Digests of the index and of the linux/386 manifest. */
      digest: z.string(),
      manifest: z.string(),
      standIn: z.string().optional(),
    }),
  ),
});

type CatalogueImage = z.infer<typeof catalogueSchema>['images'][number];

export class StaticRegistry implements RegistryEndpoint {
  readonly mirrorName = 'the offline catalogue';
  readonly #base: string;
  readonly #fetch: typeof fetch;
  #catalogue: Promise<CatalogueImage[]> | undefined;

  /** `base` is the URL of the folder with `catalogue.json`. */
  constructor(base: string, fetchFile: typeof fetch = (...parameters) => fetch(...parameters)) {
    this.#base = base.replace(/\/*$/, '/');
    this.#fetch = fetchFile;
  }

  serves(domain: string): boolean {
    return domain === 'docker.io';
  }

  async manifest(
    { path: repository }: Repository,
    reference: { tag: string } | { digest: Digest },
    signal: AbortSignal,
  ): Promise<RawManifest> {
    const entries = await this.#repository(repository, signal);
    if ('digest' in reference) {
      const known = entries.some(({ digest, manifest }) => [digest, manifest].includes(reference.digest));
      if (!known) throw new RegistryError('MANIFEST_UNKNOWN', 'manifest unknown: manifest unknown');
      return { bytes: await this.#bytes(blobPath(reference.digest), signal) };
    }
    const entry = entries.find(({ tags }) => tags.includes(reference.tag));
    if (!entry) {
      const tags = entries.flatMap((entry) => entry.tags).join(', ');
      const hint = `The offline catalogue has ${repository.replace(/^library\//, '')} with the tags: ${tags}.`;
      throw new RegistryError('MANIFEST_UNKNOWN', 'manifest unknown: manifest unknown', hint);
    }
    return {
      bytes: await this.#bytes(`v2/${repository}/manifests/${reference.tag}`, signal),
      notice: entry.standIn,
    };
  }

  async tags({ path }: Repository, signal: AbortSignal): Promise<string[]> {
    return (await this.#repository(path, signal)).flatMap(({ tags }) => tags);
  }

  /** The whole catalogue is official, and nobody gives it stars. */
  async search(_domain: string, term: string, limit: number, _auth: unknown, signal: AbortSignal) {
    const names = new Set((await this.#entries(signal)).map(({ name }) => name.replace(/^library\//, '')));
    return [...names]
      .filter((name) => name.includes(term.replace(/^library\//, '')))
      .sort()
      .slice(0, limit)
      .map((name) => ({
        name,
        description: 'In the offline catalogue',
        star_count: 0,
        is_official: true,
        is_automated: false,
      }));
  }

  async blob(_repository: Repository, digest: Digest, offset: number, signal: AbortSignal): Promise<BlobBody> {
    const range: Record<string, string> = offset > 0 ? { Range: `bytes=${offset}-` } : {};
    return blobBody(await this.#get(blobPath(digest), signal, range), offset);
  }

  /** Asked before any file: a server may answer a page with status 200 where there is none. */
  async #repository(repository: string, signal: AbortSignal): Promise<CatalogueImage[]> {
    const entries = (await this.#entries(signal)).filter(({ name }) => name === repository);
    if (entries.length > 0) return entries;
    const hint = `Without a network only the images of the offline catalogue can be pulled: ${await this.#names(signal)}.`;
    throw new RegistryError('DENIED', 'denied: requested access to the resource is denied', hint);
  }

  async #names(signal: AbortSignal): Promise<string> {
    const names = (await this.#entries(signal)).map(({ name }) => name.replace(/^library\//, ''));
    return [...new Set(names)].sort().join(', ');
  }

  #entries(signal: AbortSignal): Promise<CatalogueImage[]> {
    // Kept once read; after a failure the next pull tries again. The first caller's signal must not decide for others.
    this.#catalogue ??= this.#readCatalogue().catch((error: unknown) => {
      this.#catalogue = undefined;
      throw error;
    });
    signal.throwIfAborted();
    return this.#catalogue;
  }

  async #readCatalogue(): Promise<CatalogueImage[]> {
    const response = await this.#get('catalogue.json');
    try {
      return catalogueSchema.parse(await response.json()).images;
    } catch (cause) {
      const message = `reading the offline catalogue: ${this.#base}catalogue.json is no catalogue`;
      throw new DockerError('unavailable', message, { cause });
    }
  }

  async #bytes(path: string, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await this.#get(path, signal)).arrayBuffer());
  }

  async #get(path: string, signal?: AbortSignal, headers: Record<string, string> = {}): Promise<Response> {
    const url = this.#base + path;
    const response = await this.#fetch(url, { signal: signal ?? null, headers });
    if (!response.ok || !response.body) {
      const message = `reading the offline catalogue: GET ${url}: ${response.status} ${response.statusText}`.trim();
      throw new DockerError('unavailable', message);
    }
    return response;
  }
}

const blobPath = (digest: Digest): string => `blobs/${digest.replace(':', '/')}`;
