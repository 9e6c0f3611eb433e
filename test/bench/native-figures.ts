import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateStream } from '../../src/engine/layers/inflate.ts';
import { projectRoot } from '../../src/headless/node-machine.ts';
import { concatBytes } from '../../src/lib/bytes.ts';
import { readChunks } from '../../src/lib/read-chunks.ts';
import { commandFigures, type CommandFigures } from './command-figures.ts';
import { copiedBytes } from './statistics.ts';

export interface NativeFigures {
  /** Version and architecture. */
  readonly engine: string;
  readonly commands: CommandFigures;
}

/**
 * The same commands on a native Docker Engine, where one answers (DOCKER_HOST says which), with the catalogue's own
 * images: a 64-bit kernel runs their 32-bit programs.
 */
export async function nativeFigures(): Promise<NativeFigures | undefined> {
  const version = spawnSync('docker', ['version', '--format', '{{.Server.Version}} {{.Server.Arch}}'], {
    encoding: 'utf8',
  });
  if (version.status !== 0) return undefined;
  const busybox = await importImage('busybox');
  const coreutils = await importImage('ubuntu');
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-'));
  const file = join(folder, 'copied');
  writeFileSync(file, new Uint8Array(copiedBytes));
  const docker = async (...argv: string[]): Promise<void> => {
    const [code] = (await once(spawn('docker', argv, { stdio: 'ignore' }), 'exit')) as [number | null];
    if (code !== 0) throw new Error(`the native docker ${argv.join(' ')}: exit code ${code}`);
  };
  try {
    return { engine: version.stdout.trim(), commands: await commandFigures({ docker, busybox, coreutils, file }) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Gives the native engine an image of the catalogue; returns its name there. */
async function importImage(name: string): Promise<string> {
  const image = `drydock-bench-${name}`;
  execFileSync('docker', ['import', '-', image], {
    input: await onlyLayer(`library/${name}`),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  return image;
}

/** The uncompressed tar of an image of the catalogue that is one layer. */
async function onlyLayer(name: string): Promise<Uint8Array> {
  const registry = join(projectRoot, 'public/registry');
  const { images } = JSON.parse(readFileSync(join(registry, 'catalogue.json'), 'utf8')) as {
    images: { name: string; layers: { digest: string }[] }[];
  };
  const { digest } = images.find((image) => image.name === name)!.layers[0]!;
  const chunks: Uint8Array[] = [];
  const blob = new Blob([readFileSync(join(registry, 'blobs', digest.replace(':', '/')))]);
  for await (const chunk of inflateStream(readChunks(blob.stream()))) chunks.push(chunk.slice());
  return concatBytes(chunks);
}
