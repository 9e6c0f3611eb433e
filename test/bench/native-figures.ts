import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflate } from '../../src/engine/layers/inflate.ts';
import { projectRoot } from '../../src/headless/node-machine.ts';
import { concatBytes } from '../../src/lib/bytes.ts';
import { copiedBytes, perSecond, timed, type Spread } from './statistics.ts';

export interface NativeFigures {
  /** Version and architecture. */
  readonly engine: string;
  readonly run: Spread;
  readonly exec: Spread;
  /** Bytes a second, as the guest's. */
  readonly copyIn: Spread;
  readonly copyOut: Spread;
}

const image = 'drydock-bench-busybox';

/**
 * The same commands on a native Docker Engine, where one answers (DOCKER_HOST says which), with the catalogue's own
 * busybox: a 64-bit kernel runs its 32-bit program.
 */
export async function nativeFigures(): Promise<NativeFigures | undefined> {
  const version = spawnSync('docker', ['version', '--format', '{{.Server.Version}} {{.Server.Arch}}'], {
    encoding: 'utf8',
  });
  if (version.status !== 0) return undefined;
  const docker = (...args: string[]): void => void execFileSync('docker', args, { stdio: 'ignore' });
  execFileSync('docker', ['import', '-', image], { input: await busyboxLayer(), stdio: ['pipe', 'ignore', 'inherit'] });
  const name = `drydock-bench-${process.pid}`;
  const run = await timed(10, () => Promise.resolve(docker('run', '--rm', image, 'true')), 2);
  docker('run', '-d', '--name', name, image, 'sleep', '1000');
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-'));
  try {
    const exec = await timed(10, () => Promise.resolve(docker('exec', name, 'true')), 2);
    const file = join(folder, 'copied');
    writeFileSync(file, new Uint8Array(copiedBytes));
    const copy = async (from: string, to: string): Promise<Spread> =>
      perSecond(copiedBytes, await timed(5, () => Promise.resolve(docker('cp', from, to)), 1));
    const copyIn = await copy(file, `${name}:/copied`);
    const copyOut = await copy(`${name}:/copied`, file);
    return { engine: version.stdout.trim(), run, exec, copyIn, copyOut };
  } finally {
    rmSync(folder, { recursive: true });
    docker('rm', '-f', name);
  }
}

/** The uncompressed tar of the catalogue's busybox, which is one layer. */
async function busyboxLayer(): Promise<Uint8Array> {
  const registry = join(projectRoot, 'public/registry');
  const { images } = JSON.parse(readFileSync(join(registry, 'catalogue.json'), 'utf8')) as {
    images: { name: string; layers: { digest: string }[] }[];
  };
  const { digest } = images.find(({ name }) => name === 'library/busybox')!.layers[0]!;
  const chunks: Uint8Array[] = [];
  const blob = new Blob([readFileSync(join(registry, 'blobs', digest.replace(':', '/')))]);
  for await (const chunk of inflate(blob, () => {})) chunks.push(chunk.slice());
  return concatBytes(chunks);
}
