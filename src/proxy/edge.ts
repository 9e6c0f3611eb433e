/**
 * The proxy as an edge worker (a module with `fetch`, as Cloudflare Workers, Deno Deploy and Bun run it). Blobs are kept
 * by the platform's own cache, which goes by the response's headers; addresses are its network's business, as such a
 * worker cannot look up names itself and has no private network around it.
 */
import { type ProxyConfig, parseConfig } from './config.ts';
import { type Proxy, createProxy } from './proxy.ts';
import type { UpstreamFetch } from './upstream.ts';

interface Environment {
  /** The settings of docs/proxy.md as JSON; those of the file system are not for here. */
  readonly DRYDOCK_PROXY_CONFIG_JSON?: string;
}

const platformFetch: UpstreamFetch = (url, { method, headers, body, signal }) =>
  fetch(url, { method, headers, signal, redirect: 'manual', ...(body && { body: body as BodyInit, duplex: 'half' }) });

let proxy: Proxy | undefined;

function configured(environment: Environment): Proxy {
  const config: ProxyConfig = parseConfig(JSON.parse(environment.DRYDOCK_PROXY_CONFIG_JSON ?? '{}'));
  return createProxy({ config, fetch: platformFetch });
}

export default {
  fetch(request: Request, environment: Environment = {}): Promise<Response> {
    proxy ??= configured(environment);
    return proxy(request, request.headers.get('CF-Connecting-IP') ?? '');
  },
};
