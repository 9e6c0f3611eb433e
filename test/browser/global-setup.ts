import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { findChromium } from './chromium.ts';
import { appFolder, pretendedFolder } from './served-app.ts';

const projectFolder = fileURLToPath(new URL('../..', import.meta.url));

/** Builds what the browser tests serve. */
export default async function buildApps(): Promise<void> {
  findChromium();
  const common = { root: projectFolder, logLevel: 'warn' } as const;
  await build({ ...common, build: { outDir: appFolder, emptyOutDir: true } });
  // The same page and worker, but what boots is a few lines of TypeScript: enough to see what the page does when a
  // machine is slow, fails or dies, which a real one does not do when told to.
  await build({
    ...common,
    publicDir: false,
    build: { outDir: pretendedFolder, emptyOutDir: true },
    resolve: { alias: [{ find: /^\.\/boot\.ts$/, replacement: `${projectFolder}test/browser/pretended-boot.ts` }] },
  });
}
