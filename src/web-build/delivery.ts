// How the built app travels: compressed once, when it is built, and cached for ever where a name holds a hash.

import { readFile, readdir, writeFile } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import sirv from 'sirv';
import type { Plugin, ResolvedConfig } from 'vite';
import { contentSecurityPolicy } from './security-policy.ts';

/** What compresses well and is not compressed already: the kernel, the layers and the saved machine are. */
const compressible = new Set(['.js', '.css', '.html', '.svg', '.wasm', '.json', '.cpio']);
const hashedName = /[.-][\w-]{8,}\.\w+(\.zst)?$/;

/** Compresses the files of a build beside themselves, and serves a build with them (`vite preview`). */
export function delivery(): Plugin {
  let config: ResolvedConfig;
  const outputFolder = () => resolve(config.root, config.build.outDir);
  return {
    name: 'drydock:delivery',
    configResolved(resolved) {
      config = resolved;
    },
    writeBundle: { order: 'post', sequential: true, handler: () => compressFolder(outputFolder()) },
    configurePreviewServer(server) {
      server.middlewares.use(
        sirv(outputFolder(), {
          brotli: true,
          gzip: true,
          etag: true,
          dotfiles: true,
          setHeaders(response, path) {
            const immutable = /^\/(assets|snapshot)\//.test(path) && hashedName.test(path);
            response.setHeader('Cache-Control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
            response.setHeader('Content-Security-Policy', contentSecurityPolicy);
            response.setHeader('X-Content-Type-Options', 'nosniff');
          },
        }),
      );
    },
  };
}

async function compressFolder(folder: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  const files = names.filter((name) => compressible.has(extname(name))).map((name) => join(folder, name));
  await Promise.all(files.map(compressFile));
}

async function compressFile(path: string): Promise<void> {
  const content = await readFile(path);
  // Below a packet's worth there is nothing to gain.
  if (content.length < 1400) return;
  const brotli = await promisify(brotliCompress)(content, {
    // The best level takes seconds a megabyte; the one below it costs a few per cent of size.
    params: { [constants.BROTLI_PARAM_QUALITY]: content.length > 500_000 ? 9 : 11 },
  });
  await writeFile(`${path}.br`, brotli);
  await writeFile(`${path}.gz`, await promisify(gzip)(content, { level: 9 }));
}
