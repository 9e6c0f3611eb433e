// The engine without a browser: the same guest and engine, with the Engine API on a unix socket for the real docker CLI,
// dockerode or Compose.

import { homedir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Drydock } from '../host/drydock.ts';
import { FolderBlobStore } from './folder-blob-store.ts';
import { loadConfig } from '../proxy/node/load-config.ts';
import { createNodeProxy } from '../proxy/node/node-proxy.ts';
import { folderFetch } from './folder-fetch.ts';
import { projectRoot } from './node-machine.ts';
import { restoredMachine } from './restored-machine.ts';
import { serveUnix } from './serve-unix.ts';

const usage = `Usage: npm run headless -- --socket PATH [--data FOLDER]

  --socket PATH   unix socket to serve the Engine API on
  --data FOLDER   where pulled images are kept (default ~/.cache/drydock)

Registries are those of the registry proxy's settings (docs/proxy.md), which run in this process.
`;

const { values } = parseArgs({
  options: { socket: { type: 'string' }, data: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
});
if (values.help || !values.socket) {
  console.error(usage);
  process.exit(values.help ? 0 : 2);
}

const askRegistry = await createNodeProxy(await loadConfig(process.env['DRYDOCK_PROXY_CONFIG'], process.env));
const { machine } = await restoredMachine(console.error);
const drydock = await Drydock.start(machine, {
  blobs: new FolderBlobStore(values.data ?? join(homedir(), '.cache/drydock')),
  baseUrl: `${pathToFileURL(join(projectRoot, 'public')).href}/`,
  fetch: folderFetch,
  // Never connected to: the proxy is a function here.
  proxy: { url: 'http://proxy.internal/', fetch: (input, init) => askRegistry(new Request(input, init), 'local') },
});
process.on('uncaughtException', (error) => void drydock.crashed(error));
process.on('unhandledRejection', (error) => void drydock.crashed(error));
const listener = await serveUnix(drydock, values.socket);
console.error(`Drydock listens on unix://${values.socket}\n  docker -H unix://${values.socket} run hello-world`);

const stop = async (): Promise<void> => {
  await listener.close();
  await machine.stop();
  process.exit(0);
};
process.on('SIGINT', () => void stop());
process.on('SIGTERM', () => void stop());
void machine.died.then(async ({ reason, message }) => {
  if (reason === 'stopped') return;
  console.error(message);
  await listener.close();
  process.exit(1);
});
