/**
 * Any registry, through the registry proxy.
 * https://github.com/opencontainers/distribution-spec/blob/main/spec.md
 */
import * as z from 'zod';
import type { RegistryAuth } from '../../api/registry-auth.ts';
import type { Digest } from '../../lib/digest.ts';
import type { PushEndpoint } from './push-endpoint.ts';
import {
  type BlobBody,
  type RawManifest,
  type RegistryEndpoint,
  RegistryError,
  type Repository,
  blobBody,
} from './registry-endpoint.ts';
import type { RegistryHttp } from './registry-http.ts';

const tagsSchema = z.object({ tags: z.array(z.string()).nullable() });

/** Docker Hub's answer, from the API before the distribution API, which has no search. */
const searchSchema = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      description: z
        .string()
        .nullish()
        .transform((text) => text ?? ''),
      star_count: z.number().default(0),
      is_official: z.boolean().default(false),
      is_automated: z.boolean().default(false),
    }),
  ),
});

/** A registry with more pages of tags than this is asked for no further one. */
const maxTagPages = 1000;

/** What is sent in one request; more of a blob goes in several, each of which can be repeated. Bytes. */
const chunkSize = 8 << 20;
const chunkAttempts = 4;

export class HttpRegistry implements RegistryEndpoint, PushEndpoint {
  readonly #http: RegistryHttp;

  constructor(http: RegistryHttp) {
    this.#http = http;
  }

  serves(): boolean {
    return !this.#http.isAbsent;
  }

  unreachable(domain: string): string | undefined {
    return this.#http.unreachable(domain);
  }

  /** Which registries may be asked without TLS, as far as the proxy lets them be. */
  configure(isInsecure: (domain: string) => boolean): void {
    this.#http.configure(isInsecure);
  }

  async manifest(
    repository: Repository,
    reference: { tag: string } | { digest: Digest },
    signal: AbortSignal,
  ): Promise<RawManifest> {
    const name = 'digest' in reference ? reference.digest : reference.tag;
    const response = await this.#http.request(repository, `manifests/${name}`, { signal });
    return { bytes: new Uint8Array(await response.arrayBuffer()) };
  }

  async tags(repository: Repository, signal: AbortSignal): Promise<string[]> {
    const tags: string[] = [];
    let path: string | undefined = 'tags/list';
    for (let pages = 0; path !== undefined && pages < maxTagPages; pages++) {
      const response: Response = await this.#http.request(repository, path, { signal });
      const page = tagsSchema.safeParse(await response.json());
      if (!page.success) throw new Error(`${repository.domain} sent no list of tags`);
      tags.push(...(page.data.tags ?? []));
      const next: string | undefined = /<(\?[^>]*)>/.exec(response.headers.get('Link') ?? '')?.[1];
      path = next && `tags/list${next}`;
    }
    return tags;
  }

  async search(domain: string, term: string, limit: number, auth: RegistryAuth | undefined, signal: AbortSignal) {
    const query = new URLSearchParams({ q: term, n: String(limit) });
    const response = await this.#http.send({ domain, auth }, `${domain}/v1/search?${query.toString()}`, { signal });
    const found = searchSchema.safeParse(await response.json().catch(() => undefined));
    if (!found.success) throw new Error(`${domain} sent no results of a search`);
    return found.data.results.slice(0, limit);
  }

  async blob(repository: Repository, digest: Digest, offset: number, signal: AbortSignal): Promise<BlobBody> {
    const headers: Record<string, string> = offset > 0 ? { Range: `bytes=${offset}-` } : {};
    return blobBody(await this.#http.request(repository, `blobs/${digest}`, { headers, signal }), offset);
  }

  async check(domain: string, auth: RegistryAuth | undefined, signal: AbortSignal): Promise<void> {
    const response = await this.#http.send({ domain, auth }, `${domain}/v2/`, { signal });
    await response.body?.cancel();
  }

  async hasBlob(repository: Repository, digest: Digest, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#http.request(repository, `blobs/${digest}`, { method: 'HEAD', signal });
      return true;
    } catch (error) {
      if (error instanceof RegistryError) return false;
      throw error;
    }
  }

  async mountBlob(repository: Repository, digest: Digest, from: string, signal: AbortSignal): Promise<boolean> {
    const target = `blobs/uploads/?mount=${encodeURIComponent(digest)}&from=${encodeURIComponent(from)}`;
    const response = await this.#http.request(repository, target, { method: 'POST', signal });
    if (response.status === 201) return true;
    // Not mounted: an upload has begun instead, which nobody will finish.
    const location = response.headers.get('Location');
    if (location) await this.#http.send(repository, location, { method: 'DELETE', signal }).catch(() => {});
    return false;
  }

  async putBlob(
    repository: Repository,
    digest: Digest,
    blob: Blob,
    onProgress: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const begun = await this.#http.request(repository, 'blobs/uploads/', { method: 'POST', signal });
    let location = locationOf(begun);
    const isWhole = blob.size <= chunkSize;
    if (!isWhole) location = await this.#putChunks(repository, location, blob, onProgress, signal);
    const url = `${location}${location.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`;
    const headers = { 'Content-Type': 'application/octet-stream' };
    await this.#http.send(repository, url, { method: 'PUT', headers, body: isWhole ? blob : new Blob([]), signal });
    onProgress(blob.size);
  }

  /** Returns where to finish the upload. A chunk whose fate is unknown is asked for before it is sent again. */
  async #putChunks(
    repository: Repository,
    begun: string,
    blob: Blob,
    onProgress: (bytes: number) => void,
    signal: AbortSignal,
  ): Promise<string> {
    let location = begun;
    let sent = 0;
    for (let attempt = 1; sent < blob.size;) {
      const end = Math.min(sent + chunkSize, blob.size);
      const headers = { 'Content-Type': 'application/octet-stream', 'Content-Range': `${sent}-${end - 1}` };
      try {
        const body = blob.slice(sent, end);
        const response = await this.#http.send(repository, location, { method: 'PATCH', headers, body, signal });
        location = locationOf(response);
        sent = end;
        attempt = 1;
      } catch (error) {
        if (signal.aborted || error instanceof RegistryError || attempt++ >= chunkAttempts) throw error;
        const status = await this.#http.send(repository, location, { signal });
        location = status.headers.get('Location') ?? location;
        const last = /^0-(\d+)$/.exec(status.headers.get('Range') ?? '')?.[1];
        sent = last === undefined || last === '0' ? 0 : Number(last) + 1;
      }
      onProgress(sent);
    }
    return location;
  }

  async putManifest(
    repository: Repository,
    tag: string,
    bytes: Uint8Array<ArrayBuffer>,
    mediaType: string,
    signal: AbortSignal,
  ): Promise<void> {
    const headers = { 'Content-Type': mediaType };
    await this.#http.request(repository, `manifests/${tag}`, { method: 'PUT', headers, body: bytes, signal });
  }
}

function locationOf(response: Response): string {
  const location = response.headers.get('Location');
  if (location === null) throw new Error('the registry began an upload without saying where');
  return location;
}
