// `npm run proxy`: the registry proxy as a server of its own.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import type { ProxyConfig } from '../config.ts';
import type { LogEntry } from '../proxy.ts';
import { proxyListener } from './listener.ts';
import { loadConfig } from './load-config.ts';
import { createNodeProxy } from './node-proxy.ts';

const usage = `Usage: npm run proxy -- [--config FILE]

  --config FILE   JSON file with the settings (default: $DRYDOCK_PROXY_CONFIG, or none)

The settings are described in docs/proxy.md.
`;

const { values } = parseArgs({
  options: { config: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
if (values.help) {
  console.error(usage);
  process.exit(0);
}

const config = await configuration();
const proxy = await createNodeProxy(config, logLine);
const server = createServer(proxyListener(proxy, config.forwardedBy));
server.requestTimeout = config.limits.totalSeconds * 1000;
server.headersTimeout = config.limits.headerSeconds * 1000;
server.listen(config.port, config.host, () => {
  const address = server.address();
  const port = typeof address === 'object' ? address?.port : config.port;
  console.error(
    `The registry proxy listens on http://${config.host}:${port} for ${Object.keys(config.registries).join(', ')}`,
  );
});
server.on('error', (error) => fail(error));

const stop = (): void => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
};
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

async function configuration(): Promise<ProxyConfig> {
  try {
    return await loadConfig(values.config ?? process.env['DRYDOCK_PROXY_CONFIG'], process.env);
  } catch (error) {
    return fail(error as Error);
  }
}

function logLine({ client, method, path, status, problem }: LogEntry): void {
  console.log(`${new Date().toISOString()} ${client} ${method} ${path} ${status}${problem ? ` ${problem}` : ''}`);
}

function fail(error: Error): never {
  console.error(error.message);
  process.exit(1);
}
