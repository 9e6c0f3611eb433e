// The catalogue's images, pushed to a real registry so that there is something to pull from it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../src/headless/node-machine.ts';
import type { Proxied } from './proxied.ts';

const registry = join(projectRoot, 'public/registry');
const blobBytes = (digest: string) => new Uint8Array(readFileSync(join(registry, 'blobs', digest.replace(':', '/'))));

interface Manifest {
  readonly mediaType: string;
  readonly config: { readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

export interface PushedImage {
  /** Digest of the manifest. */
  readonly digest: string;
  readonly layers: readonly string[];
}

/** Pushes `library/<name>:latest` of the catalogue to `<registry>/v2/<repository>`, by tag. */
export async function pushCatalogueImage(
  proxied: Proxied,
  name: string,
  target: { registry: string; repository: string; tag?: string; headers?: Record<string, string> },
): Promise<PushedImage> {
  const { registry: host, repository, tag = 'latest', headers = {} } = target;
  const index = JSON.parse(readFileSync(join(registry, `v2/library/${name}/manifests/latest`), 'utf8')) as {
    manifests: { digest: string }[];
  };
  const bytes = blobBytes(index.manifests[0]!.digest);
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
  for (const { digest } of [manifest.config, ...manifest.layers]) {
    await proxied.push(`${host}/v2/${repository}`, blobBytes(digest), headers);
  }
  const put = await proxied.request(`/${host}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { ...headers, 'Content-Type': manifest.mediaType },
    body: bytes,
  });
  if (put.status !== 201) throw new Error(`pushing: ${put.status} ${await put.text()}`);
  return { digest: index.manifests[0]!.digest, layers: manifest.layers.map(({ digest }) => digest) };
}
