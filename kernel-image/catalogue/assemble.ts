// Makes the static registry (README.md) of the layers that build.sh made and of images.json.
// Usage: assemble.ts WORKDIR REGISTRY

import { createHash } from 'node:crypto';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

interface ImageRecipe {
  name: string;
  tags: string[];
  layers: string[];
  description: string;
  standIn?: string;
  config: {
    Env?: string[];
    Entrypoint?: string[];
    Cmd?: string[];
    ExposedPorts?: Record<string, object>;
    Volumes?: Record<string, object>;
    WorkingDir?: string;
    StopSignal?: string;
    Labels?: Record<string, string>;
  };
}

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const platform = { architecture: '386', os: 'linux' };

const [work, registry] = process.argv.slice(2);
if (!work || !registry) throw new Error('usage: assemble.ts WORKDIR REGISTRY');
const epoch = process.env['SOURCE_DATE_EPOCH'];
if (!epoch) throw new Error('SOURCE_DATE_EPOCH is not set: the images need a date');
const created = new Date(Number(epoch) * 1000).toISOString().replace('.000', '');

const recipes = JSON.parse(await readFile(join(import.meta.dirname, 'images.json'), 'utf8')) as ImageRecipe[];
await rm(registry, { recursive: true, force: true });
const images = [];
for (const recipe of recipes) images.push(await assemble(recipe));
await writeJson('catalogue.json', { images });
await writeJson('v2/_catalog', { repositories: images.map((image) => image.name) });

async function assemble(recipe: ImageRecipe) {
  const name = `library/${recipe.name}`;
  const layers = [];
  for (const layer of recipe.layers) layers.push({ name: layer, ...(await addLayer(layer)) });

  const labels = {
    'org.opencontainers.image.description': recipe.description,
    'org.opencontainers.image.version': recipe.tags.find((tag) => /^\d/.test(tag)) ?? recipe.tags[0]!,
    ...recipe.config.Labels,
  };
  const config = await addJson('application/vnd.oci.image.config.v1+json', {
    ...platform,
    created,
    config: { ...recipe.config, Env: [defaultPath, ...(recipe.config.Env ?? [])], Labels: labels },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: history(recipe),
  });
  const manifest = await addJson('application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: layers.map((layer) => layer.descriptor),
  });
  const index = await addJson('application/vnd.oci.image.index.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...manifest, platform }],
  });

  for (const tag of recipe.tags) await write(`v2/${name}/manifests/${tag}`, await readFile(blobPath(index.digest)));
  await writeJson(`v2/${name}/tags/list`, { name, tags: recipe.tags });
  return {
    name,
    tags: recipe.tags,
    digest: index.digest,
    manifest: manifest.digest,
    config: config.digest,
    platform,
    size: layers.reduce((sum, layer) => sum + layer.descriptor.size, config.size),
    layers: layers.map(({ descriptor, diffId }) => ({ digest: descriptor.digest, diffId, size: descriptor.size })),
    description: recipe.description,
    ...(recipe.standIn && { standIn: recipe.standIn }),
    labels,
  };
}

/** What `docker history` shows: a line for each layer, and one for each setting, as a Dockerfile would have left them. */
function history({ layers, config }: ImageRecipe) {
  const settings = [
    ...(config.Env ?? []).map((variable) => `ENV ${variable}`),
    ...Object.keys(config.Volumes ?? {}).map((path) => `VOLUME [${path}]`),
    config.WorkingDir && `WORKDIR ${config.WorkingDir}`,
    config.Entrypoint && `ENTRYPOINT ${JSON.stringify(config.Entrypoint)}`,
    ...Object.keys(config.ExposedPorts ?? {}).map((port) => `EXPOSE ${port}`),
    config.StopSignal && `STOPSIGNAL ${config.StopSignal}`,
    config.Cmd && `CMD ${JSON.stringify(config.Cmd)}`,
  ].filter((line) => line !== undefined);
  const comment = 'drydock catalogue';
  return [
    ...layers.map((layer) => ({ created, created_by: `kernel-image/catalogue/build.sh: layer ${layer}`, comment })),
    ...settings.map((line) => ({ created, created_by: line, comment, empty_layer: true })),
  ];
}

async function addLayer(name: string): Promise<{ descriptor: Descriptor; diffId: string }> {
  const tar = await readFile(join(work!, 'layers', `${name}.tar`));
  const compressed = await readFile(join(work!, 'layers', `${name}.tar.zst`));
  return {
    descriptor: await addBlob('application/vnd.oci.image.layer.v1.tar+zstd', compressed),
    diffId: digestOf(tar),
  };
}

function addJson(mediaType: string, value: object): Promise<Descriptor> {
  return addBlob(mediaType, Buffer.from(JSON.stringify(value)));
}

async function addBlob(mediaType: string, bytes: Buffer): Promise<Descriptor> {
  const digest = digestOf(bytes);
  await write(`blobs/${digest.replace(':', '/')}`, bytes);
  return { mediaType, digest, size: bytes.length };
}

function blobPath(digest: string): string {
  return join(registry!, 'blobs', digest.replace(':', '/'));
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

function writeJson(path: string, value: object): Promise<void> {
  return write(path, `${JSON.stringify(value, null, 2)}\n`);
}

async function write(path: string, content: string | Buffer): Promise<void> {
  const target = join(registry!, path);
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content);
}
