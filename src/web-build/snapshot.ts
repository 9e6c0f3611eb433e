import { cp } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import sirv from 'sirv';
import type { Plugin, ResolvedConfig } from 'vite';

/**
 * Serves the saved machine (`npm run snapshot` puts it into `folder`) at `snapshot/` while developing, and copies it into
 * a build. Without one the app still works: it boots its kernel.
 */
export function snapshot(folder: string): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'drydock:snapshot',
    configResolved(resolved) {
      config = resolved;
    },
    configureServer(server) {
      server.middlewares.use('/snapshot', sirv(folder, { dev: true }));
    },
    async writeBundle() {
      if (!existsSync(folder)) {
        this.warn(`no snapshot in ${folder}: this build boots its kernel (\`npm run snapshot\` makes one)`);
        return;
      }
      await cp(folder, join(resolve(config.root, config.build.outDir), 'snapshot'), { recursive: true });
    },
  };
}
