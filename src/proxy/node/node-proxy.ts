import { readFile } from 'node:fs/promises';
import { rootCertificates } from 'node:tls';
import type { ProxyConfig } from '../config.ts';
import { type Proxy, type ProxyOptions, createProxy } from '../proxy.ts';
import { DiskCache } from './disk-cache.ts';
import { guardedFetch } from './guarded-fetch.ts';

/** The proxy as Node runs it: with DNS guarded, and with a cache on disk where the configuration has a folder for it. */
export async function createNodeProxy(config: ProxyConfig, log?: ProxyOptions['log']): Promise<Proxy> {
  const { caFile, cache, limits } = config;
  const ca = caFile === undefined ? undefined : [...rootCertificates, await readFile(caFile, 'utf8')];
  return createProxy({
    config,
    fetch: guardedFetch({ ca, idleSeconds: limits.idleSeconds }),
    ...(cache.folder !== undefined && { blobs: await DiskCache.open(cache.folder, cache.maxBytes) }),
    ...(log && { log }),
  });
}
