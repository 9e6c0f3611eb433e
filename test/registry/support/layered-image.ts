// Images of a given size, pushed to a real registry: the catalogue's busybox with layers of files on top.
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { concatBytes, encodeUtf8 } from '../../../src/lib/bytes.ts';
import { type Digest, digestOf } from '../../../src/lib/digest.ts';
import { encodeEntry, tarEnd, tarPadding } from '../../../src/lib/tar/encode-entry.ts';
import { catalogueManifest, readCatalogueBlob } from './catalogue-image.ts';
import type { Proxied } from './proxied.ts';

export interface LayeredImage {
  /** Digest of the manifest. */
  readonly digest: Digest;
  /** Digests of the layers on top, as they are stored. */
  readonly layers: readonly string[];
}

/** Files by path, in one tar. */
export function layerOf(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const entries = Object.entries(files).flatMap(([name, content]) => {
    const header = { name, linkName: '', mode: 0o644, uid: 0, gid: 0, size: content.length, mtime: 1, type: '0' };
    return [encodeEntry({ ...header, deviceMajor: 0, deviceMinor: 0 }), content, tarPadding(content.length)];
  });
  return concatBytes([...entries, tarEnd]);
}

/** Bytes that gzip makes a third of, as it does of programs. */
export const compressibleBytes = (size: number): Uint8Array =>
  encodeUtf8(
    randomBytes(Math.ceil(size / 3))
      .toString('hex')
      .repeat(2),
  ).subarray(0, size);

export async function pushLayeredImage(
  proxied: Proxied,
  registry: string,
  repository: string,
  layers: readonly Uint8Array[],
): Promise<LayeredImage> {
  const base = catalogueManifest('busybox');
  const config = JSON.parse(new TextDecoder().decode(readCatalogueBlob(base.config.digest))) as {
    rootfs: { diff_ids: string[] };
  };
  for (const layer of layers) config.rootfs.diff_ids.push(await digestOf(layer));
  const { history: _none, ...file } = config as typeof config & { history?: unknown };
  const target = `${registry}/v2/${repository}`;
  const push = async (bytes: Uint8Array<ArrayBuffer>, mediaType: string) => ({
    ...{ mediaType, digest: await proxied.push(target, bytes), size: bytes.length },
  });
  const pushed = [];
  for (const { digest, mediaType } of base.layers) pushed.push(await push(readCatalogueBlob(digest), mediaType));
  const gzip = base.layers[0]!.mediaType;
  for (const layer of layers) pushed.push(await push(new Uint8Array(gzipSync(layer)), gzip));
  const manifest = encodeUtf8(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: base.mediaType,
      config: await push(encodeUtf8(JSON.stringify(file)).slice(), base.config.mediaType),
      layers: pushed,
    }),
  ).slice();
  const put = await proxied.request(`/${target}/manifests/latest`, {
    method: 'PUT',
    headers: { 'Content-Type': base.mediaType },
    body: manifest,
  });
  if (put.status !== 201) throw new Error(`pushing: ${put.status} ${await put.text()}`);
  return { digest: await digestOf(manifest), layers: pushed.slice(base.layers.length).map(({ digest }) => digest) };
}
