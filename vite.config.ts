import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { delivery } from './src/web-build/delivery.ts';
import { lessonChunks } from './src/web-build/lesson-chunks.ts';
import { playgroundPage } from './src/web-build/playground-page.ts';
import { registryProxy } from './src/web-build/registry-proxy.ts';
import { securityPolicy } from './src/web-build/security-policy.ts';
import { snapshot } from './src/web-build/snapshot.ts';

export default defineConfig({
  // The app works from any folder of any host.
  base: './',
  // An unknown path is a 404: the app probes for files and must not be given its own page instead.
  appType: 'mpa',
  plugins: [
    svelte({ configFile: false }),
    lessonChunks(),
    playgroundPage(),
    securityPolicy(),
    snapshot(fileURLToPath(new URL('build/snapshot', import.meta.url))),
    delivery(),
    registryProxy(),
  ],
  worker: { format: 'es' },
  build: { target: 'es2023', chunkSizeWarningLimit: 1000 },
  server: { host: 'localhost' },
  preview: { host: 'localhost', port: 8080 },
});
