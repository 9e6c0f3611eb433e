import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Connect, Plugin } from 'vite';
import { proxyListener } from '../proxy/node/listener.ts';
import { loadConfig } from '../proxy/node/load-config.ts';
import { createNodeProxy } from '../proxy/node/node-proxy.ts';

/**
 * Serves the registry proxy at `proxy/` beside the page, in `npm run dev` and `npm start`. Its settings are those of
 * `npm run proxy`; blobs are kept in the user's cache unless they say otherwise.
 */
export function registryProxy(): Plugin {
  const mount = async ({ middlewares }: { middlewares: Connect.Server }): Promise<void> => {
    const config = await loadConfig(process.env['DRYDOCK_PROXY_CONFIG'], process.env);
    config.cache.folder ??= join(homedir(), '.cache/drydock/proxy');
    middlewares.use('/proxy', proxyListener(await createNodeProxy(config), config.forwardedBy));
  };
  return { name: 'drydock:registry-proxy', configureServer: mount, configurePreviewServer: mount };
}
