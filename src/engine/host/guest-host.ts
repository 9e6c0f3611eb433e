// The guest as a Docker host: what the engine sets up once in a fresh guest and learns about it.

import { mount, open } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { ByteReader, decodeUtf8 } from '../../lib/bytes.ts';
import type { Channel } from '../../guest/channel.ts';
import type { BridgeNetwork } from '../network/bridge.ts';
import { cgroupRoot, dockerRoot, initLayer, layersRoot } from '../runtime/paths.ts';
import { controllers } from '../runtime/cgroup.ts';
import { restrictDevices } from '../runtime/device-controller.ts';
import { defaultDeviceRules } from '../security/devices.ts';
import { type EngineIdentity, identityFile, parseIdentity } from '../state/identity.ts';
import { maskedPaths, readonlyPaths } from '../security/paths.ts';

/** Facts of the guest that do not change while it runs. */
export class GuestHost {
  readonly hostname: string;
  readonly kernelVersion: string;
  /** Bytes. */
  readonly memory: number;
  readonly operatingSystem: string;
  readonly #maskedFiles: ReadonlySet<string>;
  readonly #maskedDirectories: ReadonlySet<string>;
  readonly #existing: ReadonlySet<string>;

  constructor(facts: {
    hostname: string;
    kernelVersion: string;
    memory: number;
    operatingSystem: string;
    types: ReadonlyMap<string, 'file' | 'directory'>;
  }) {
    this.hostname = facts.hostname;
    this.kernelVersion = facts.kernelVersion;
    this.memory = facts.memory;
    this.operatingSystem = facts.operatingSystem;
    const ofType = (type: string) =>
      new Set([...facts.types].filter(([, found]) => found === type).map(([path]) => path));
    this.#maskedFiles = ofType('file');
    this.#maskedDirectories = ofType('directory');
    this.#existing = new Set(facts.types.keys());
  }

  /**
   * Splits paths to mask by how they are masked. Paths of the default list that this kernel does not have are left out;
   * of others nothing is known, so both ways are tried on them.
   */
  masked(paths: readonly string[]): { maskedFiles: string[]; maskedDirectories: string[] } {
    const unknown = paths.filter((path) => !maskedPaths.includes(path));
    return {
      maskedFiles: [...paths.filter((path) => this.#maskedFiles.has(path)), ...unknown],
      maskedDirectories: [...paths.filter((path) => this.#maskedDirectories.has(path)), ...unknown],
    };
  }

  /** Those of `paths` that may exist. */
  existing(paths: readonly string[]): string[] {
    return paths.filter((path) => this.#existing.has(path) || !readonlyPaths.includes(path));
  }
}

const hostTmpfs = 'mode=711,size=75%';

/** What another engine has made of the guest; undefined when none has. */
export async function findIdentity(channel: Channel): Promise<EngineIdentity | undefined> {
  const p = new ProgramBuilder('look for a Docker host');
  const file = p.try.readFile(identityFile, 4096);
  const result = await channel.run(p.build());
  return result.value(file) < 0 ? undefined : parseIdentity(result.output(file));
}

/** Makes a fresh guest a Docker host: directories, the layer mount, cgroup delegation, docker0, NAT rules. */
export async function setUpHost(
  channel: Channel,
  identity: EngineIdentity,
  bridge: BridgeNetwork,
  firewall: (p: ProgramBuilder) => void,
): Promise<void> {
  const p = new ProgramBuilder('set up the host');
  p.step('directories');
  p.mkdirAll(dockerRoot, 0o711);
  p.mount('tmpfs', dockerRoot, 'tmpfs', 0, hostTmpfs);
  p.mkdirAll(layersRoot, 0o711);
  p.mkdirAll(`${dockerRoot}/containers`, 0o710);
  p.mkdirAll('/var/run/docker/netns', 0o755);

  p.step('layers');
  p.mount(
    'host9p',
    layersRoot,
    '9p',
    mount.MS_RDONLY,
    'trans=virtio,version=9p2000.L,msize=512000,cache=loose,access=client',
  );

  p.step('init layer');
  for (const directory of ['proc', 'sys', 'dev/pts', 'dev/shm', 'etc']) p.mkdirAll(`${initLayer}/${directory}`, 0o755);
  for (const file of ['.dockerenv', 'etc/hosts', 'etc/hostname', 'etc/resolv.conf', 'dev/console']) {
    p.writeFile(`${initLayer}/${file}`, '', open.O_WRONLY | open.O_CREAT, 0o755);
  }
  p.symlink('/proc/mounts', `${initLayer}/etc/mtab`);

  p.step('cgroups');
  p.writeFile(`${cgroupRoot}/cgroup.subtree_control`, controllers, open.O_WRONLY, 0);
  p.mkdirAll(`${cgroupRoot}/docker`, 0o755);
  p.writeFile(`${cgroupRoot}/docker/cgroup.subtree_control`, controllers, open.O_WRONLY, 0);

  restrictDevices(p, `${cgroupRoot}/docker`, defaultDeviceRules);

  bridge.create(p);
  firewall(p);

  p.step('identity');
  p.writeFile(identityFile, JSON.stringify(identity), open.O_WRONLY | open.O_CREAT, 0o600);
  await channel.run(p.build());
}

/** Reads what the engine must know of its host. */
export async function readHost(channel: Channel): Promise<GuestHost> {
  const p = new ProgramBuilder('facts of the host');
  const hostname = p.readFile('/proc/sys/kernel/hostname', 256);
  const release = p.readFile('/proc/sys/kernel/osrelease', 256);
  const memory = p.readFile('/proc/meminfo', 4096);
  const osRelease = p.try.readFile('/etc/os-release', 4096);
  const paths = [...maskedPaths, ...readonlyPaths];
  const stats = paths.map((path) => p.try.statx(-100, path, 0, 1, 256));
  const result = await channel.run(p.build());

  const text = (ref: typeof hostname): string => decodeUtf8(result.of(ref).output);
  const types = new Map<string, 'file' | 'directory'>();
  paths.forEach((path, index) => {
    const { result: status, output } = result.of(stats[index]!);
    if (status < 0) return;
    const mode = new ByteReader(output).skip(28).u16();
    types.set(path, (mode & 0o170000) === 0o040000 ? 'directory' : 'file');
  });
  return new GuestHost({
    hostname: text(hostname).trim(),
    kernelVersion: text(release).trim(),
    memory: Number(/^MemTotal:\s+(\d+) kB/m.exec(text(memory))?.[1] ?? 0) * 1024,
    operatingSystem: /^PRETTY_NAME="?([^"\n]*)/m.exec(text(osRelease))?.[1] ?? 'Linux',
    types,
  });
}
