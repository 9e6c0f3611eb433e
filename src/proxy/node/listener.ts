import type { IncomingMessage, RequestListener } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { Proxy } from '../proxy.ts';

/** The proxy as the listener of a Node server, mounted wherever the server has cut the path. `forwardedBy`: see ProxyConfig. */
export function proxyListener(proxy: Proxy, forwardedBy = 0): RequestListener {
  const listener = getRequestListener(
    (request, { incoming }) => proxy(request, clientAddress(incoming as IncomingMessage, forwardedBy)),
    { overrideGlobalObjects: false },
  );
  return (request, response) => void listener(request, response);
}

/** The last entries of `X-Forwarded-For` were written by proxies of ours; what stands before anybody can write. */
function clientAddress({ headers, socket }: IncomingMessage, forwardedBy: number): string {
  const direct = socket.remoteAddress ?? '';
  if (forwardedBy === 0) return direct;
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  return forwarded.at(-forwardedBy)?.trim() || direct;
}
