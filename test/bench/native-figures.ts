import { execFileSync, spawnSync } from 'node:child_process';
import { timed, type Spread } from './statistics.ts';

export interface NativeFigures {
  readonly engine: string;
  readonly run: Spread;
  readonly exec: Spread;
}

/**
 * The same commands on a native Docker Engine, where one answers (DOCKER_HOST says which). Its image is made from
 * Debian's static BusyBox, so that no registry is needed.
 */
export async function nativeFigures(): Promise<NativeFigures | undefined> {
  const version = spawnSync('docker', ['version', '--format', '{{.Server.Version}} {{.Server.Arch}}'], { encoding: 'utf8' });
  if (version.status !== 0) return undefined;
  const docker = (...args: string[]): void => void execFileSync('docker', args, { stdio: 'ignore' });
  const image = 'drydock-bench-busybox';
  if (spawnSync('docker', ['image', 'inspect', image]).status !== 0) {
    const made = spawnSync('sh', ['-c', `tar -C / -c usr/bin/busybox bin/busybox 2>/dev/null | docker import -c 'CMD ["/bin/busybox","true"]' - ${image}`]);
    if (made.status !== 0 || spawnSync('docker', ['run', '--rm', image, '/bin/busybox', 'true']).status !== 0) {
      console.error('bench: the native engine cannot run BusyBox; install busybox-static for the comparison');
      return undefined;
    }
  }
  const name = `drydock-bench-${process.pid}`;
  const run = await timed(10, async () => docker('run', '--rm', image, '/bin/busybox', 'true'), 2);
  docker('run', '-d', '--name', name, image, '/bin/busybox', 'sleep', '1000');
  try {
    const exec = await timed(10, async () => docker('exec', name, '/bin/busybox', 'true'), 2);
    return { engine: version.stdout.trim(), run, exec };
  } finally {
    docker('rm', '-f', name);
  }
}
