import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { preview } from 'vite';

const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Where the global set-up builds what the tests serve: the app itself, and the page with a pretended machine. */
export const appFolder = `${projectFolder}build/test-app`;
export const pretendedFolder = `${projectFolder}build/test-app-pretended`;

export type Answer = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;

export interface ServedApp {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves a build as `npm start` does, on a free loopback port; `answers` come before its files. */
export async function serveApp(folder: string, answers: Readonly<Record<string, Answer>> = {}): Promise<ServedApp> {
  const server = await preview({
    root: projectFolder,
    logLevel: 'error',
    build: { outDir: folder },
    preview: { host: '127.0.0.1', port: 0 },
    plugins: [
      {
        name: 'test:answers',
        enforce: 'pre',
        configurePreviewServer({ middlewares }) {
          for (const [path, answer] of Object.entries(answers)) middlewares.use(path, answer);
        },
      },
    ],
  });
  const { port } = server.httpServer.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, close: () => server.close() };
}
