/** `docker import`: an image of one layer, out of a tar of a file system. */
import type { ImageImportOptions, ProgressReporter } from '../../api/backend/image.ts';
import { DockerError } from '../../api/error.ts';
import { readChunks } from '../../lib/read-chunks.ts';
import { formatRfc3339Nano, nowNanoseconds } from '../../lib/timestamp.ts';
import type { ContainerConfig } from '../../api/container-config.ts';
import { applyChanges } from '../dockerfile/apply-changes.ts';
import { engineVersion } from '../engine-version.ts';
import { inflateStream } from '../layers/inflate.ts';
import { guestPlatform } from '../registry/manifest.ts';
import { archiveError } from './archive-error.ts';
import { addNewImage } from './create-image.ts';
import type { Image } from './image.ts';
import type { ImageServiceContext } from './image-service.ts';
import { userPlatform } from './platform.ts';
import { byteProgress, sparsely } from './progress.ts';
import { tagImage } from './tag.ts';

const emptyConfig: ContainerConfig = {
  ...{ Hostname: '', Domainname: '', User: '', AttachStdin: false, AttachStdout: false, AttachStderr: false },
  ...{ Tty: false, OpenStdin: false, StdinOnce: false, Env: null, Cmd: null, Image: '', Volumes: null },
  ...{ WorkingDir: '', Entrypoint: null, OnBuild: null, Labels: null },
};

type Context = Pick<ImageServiceContext, 'images' | 'events'>;

export async function importImage(
  context: Context,
  options: ImageImportOptions,
  report: ProgressReporter,
  signal: AbortSignal,
): Promise<void> {
  const { source, message } = options;
  const platform = options.platform === undefined ? guestPlatform : userPlatform(options.platform);
  if (platform.os !== 'linux') throw new DockerError('invalid-parameter', 'operating system is not supported');
  const config = applyChanges(emptyConfig, options.changes);
  const archive = typeof source === 'string' ? await download(source, report, signal) : source;
  const { images, events } = context;
  const layer = await images.layers.register(inflateStream(archive)).catch((error: unknown) => {
    throw archiveError(error);
  });
  let image: Image;
  try {
    const created = formatRfc3339Nano(nowNanoseconds());
    image = await addNewImage(images, {
      ...{ platform, config, created, comment: message, dockerVersion: engineVersion },
      history: [{ created, comment: message }],
      diffIds: [layer.diffId],
    });
  } finally {
    await layer.release();
  }
  if (options.reference) await tagImage(context, image, options.reference);
  events.publish('image', 'import', image.id, { ...image.config.Labels, name: image.id });
  report({ status: image.id });
}

/** Fetches what is at a URL, as far as where we run lets us. */
async function download(
  text: string,
  report: ProgressReporter,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (!url) throw new DockerError('invalid-parameter', `parse ${JSON.stringify(text)}: invalid URL`);
  const response = await fetch(url, { signal }).catch((cause: Error) => {
    // A browser does not tell a page why; Node's reason is the cause of the cause.
    const reason = cause.cause instanceof Error ? cause.cause.message : cause.message;
    const hint = 'a browser reads from other hosts only what they allow it to (CORS)';
    const more = 'window' in globalThis || 'importScripts' in globalThis ? `: ${hint}` : '';
    throw new DockerError('system', `Get "${url.href}": ${reason}${more}`, { cause });
  });
  if (!response.ok || !response.body) {
    const status = `${response.status} ${response.statusText}`.trim();
    throw new DockerError('system', `failed to GET ${url.href} with status ${status}: ${await response.text()}`);
  }
  report({ status: `Downloading from ${url.href}` });
  const total = Number(response.headers.get('content-length') ?? 0);
  return counted(readChunks(response.body), total, report);
}

async function* counted(
  chunks: AsyncIterable<Uint8Array>,
  total: number,
  report: ProgressReporter,
): AsyncGenerator<Uint8Array> {
  const tell = sparsely(total, (bytes) => report(byteProgress('Importing', bytes, total)));
  let bytes = 0;
  for await (const chunk of chunks) {
    yield chunk;
    tell((bytes += chunk.length));
  }
}
