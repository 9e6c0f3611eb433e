// The catalogue's images, pushed to a real registry so that there is something to pull from it.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../../src/headless/node-machine.ts';
import type { Proxied } from './proxied.ts';

const registry = join(projectRoot, 'public/registry');
export const readCatalogueBlob = (digest: string) =>
  new Uint8Array(readFileSync(join(registry, 'blobs', digest.replace(':', '/'))));

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
}

interface Manifest {
  readonly mediaType: string;
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

export interface PushedImage {
  /** Digest of the manifest. */
  readonly digest: string;
  readonly layers: readonly string[];
}

/** The linux/386 manifest of `library/<name>:latest`, as it is and parsed. */
export function catalogueManifest(name: string): Manifest & { digest: string; bytes: Uint8Array<ArrayBuffer> } {
  const index = JSON.parse(readFileSync(join(registry, `v2/library/${name}/manifests/latest`), 'utf8')) as {
    manifests: { digest: string }[];
  };
  const { digest } = index.manifests[0]!;
  const bytes = readCatalogueBlob(digest);
  return { ...(JSON.parse(new TextDecoder().decode(bytes)) as Manifest), digest, bytes };
}

/** Pushes `library/<name>:latest` of the catalogue to `<registry>/v2/<repository>`, by tag. */
export async function pushCatalogueImage(
  proxied: Proxied,
  name: string,
  target: { registry: string; repository: string; tag?: string; headers?: Record<string, string> },
): Promise<PushedImage> {
  const { registry: host, repository, tag = 'latest', headers = {} } = target;
  const { bytes, ...manifest } = catalogueManifest(name);
  for (const { digest } of [manifest.config, ...manifest.layers]) {
    await proxied.push(`${host}/v2/${repository}`, readCatalogueBlob(digest), headers);
  }
  const put = await proxied.request(`/${host}/v2/${repository}/manifests/${tag}`, {
    method: 'PUT',
    headers: { ...headers, 'Content-Type': manifest.mediaType },
    body: bytes,
  });
  if (put.status !== 201) throw new Error(`pushing: ${put.status} ${await put.text()}`);
  return { digest: manifest.digest, layers: manifest.layers.map(({ digest }) => digest) };
}
