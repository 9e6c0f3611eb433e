// The proxy in front of registries on loopback, asked the way the engine asks it.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '../../../src/lib/digest.ts';
import { parseConfig } from '../../../src/proxy/config.ts';
import { DiskCache } from '../../../src/proxy/node/disk-cache.ts';
import { guardedFetch } from '../../../src/proxy/node/guarded-fetch.ts';
import { type LogEntry, type Proxy, createProxy } from '../../../src/proxy/proxy.ts';

export interface ProxiedSettings {
  readonly registries: Record<string, object>;
  readonly limits?: object;
  readonly cache?: boolean;
  readonly ca?: string;
}

export class Proxied {
  readonly #proxy: Proxy;
  /** What the registries were asked, `GET https://…`. */
  readonly asked: string[] = [];
  readonly log: LogEntry[] = [];

  private constructor(proxy: (proxied: Proxied) => Proxy) {
    this.#proxy = proxy(this);
  }

  static async start({ registries, limits = {}, cache = false, ca }: ProxiedSettings): Promise<Proxied> {
    const config = parseConfig({ registries, limits });
    const fetch = guardedFetch({ idleSeconds: config.limits.idleSeconds, ...(ca !== undefined && { ca: [ca] }) });
    const blobs = cache
      ? await DiskCache.open(mkdtempSync(join(tmpdir(), 'blobs-')), config.cache.maxBytes)
      : undefined;
    return new Proxied(({ asked, log }) =>
      createProxy({
        config,
        fetch: (url, init, trust) => {
          asked.push(`${init.method} ${url.href}`);
          return fetch(url, init, trust);
        },
        log: (entry) => log.push(entry),
        ...(blobs && { blobs }),
      }),
    );
  }

  /** `path` begins with the registry's name. */
  request(path: string, init: RequestInit & { duplex?: 'half' } = {}): Promise<Response> {
    return this.#proxy(new Request(new URL(path, 'http://proxy.test'), init), '192.0.2.1');
  }

  /** As the engine is given it. */
  get endpoint(): { url: string; fetch: typeof fetch } {
    return { url: 'http://proxy.test/', fetch: (input, init) => this.#proxy(new Request(input, init), '192.0.2.1') };
  }

  /** Pushes a blob in one piece and returns its digest. */
  async push(
    repository: string,
    bytes: Uint8Array<ArrayBuffer>,
    headers: Record<string, string> = {},
  ): Promise<string> {
    const digest = await digestOf(bytes);
    const begun = await this.request(`/${repository}/blobs/uploads/`, { method: 'POST', headers });
    const location = new URL(begun.headers.get('Location')!, 'http://proxy.test');
    location.searchParams.set('digest', digest);
    const put = await this.request(location.pathname + location.search, {
      method: 'PUT',
      headers: { ...headers, 'Content-Type': 'application/octet-stream' },
      body: bytes,
    });
    if (put.status !== 201) throw new Error(`pushing: ${put.status} ${await put.text()}`);
    return digest;
  }
}

/** The code of a refusal, as registries name it. */
export async function refusal(response: Response): Promise<{ status: number; code: string; message: string }> {
  const { errors } = (await response.json()) as { errors: { code: string; message: string }[] };
  return { status: response.status, code: errors[0]!.code, message: errors[0]!.message };
}
