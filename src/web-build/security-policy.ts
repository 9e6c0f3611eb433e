import type { Plugin } from 'vite';

/**
 * What the page may load: its own files only. `wasm-unsafe-eval` compiles the emulator; `blob:` is the nested worker
 * v86 ticks with where the browser has no scheduler.postTask; the zstd decoder fetches itself from a `data:` URL; xterm
 * and Svelte write styles into the page.
 */
export const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "worker-src 'self' blob:",
  "connect-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Puts the policy into the built page, so that it holds on any static host. (Vite's own dev page needs more.) */
export function securityPolicy(): Plugin {
  return {
    name: 'drydock:security-policy',
    apply: 'build',
    transformIndexHtml: () => [
      {
        tag: 'meta',
        attrs: { 'http-equiv': 'Content-Security-Policy', content: contentSecurityPolicy },
        injectTo: 'head-prepend',
      },
    ],
  };
}
