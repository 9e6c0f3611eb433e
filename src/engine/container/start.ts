// Starting a container: one program prepares its cgroup, root and network, one more clones its init. The engine then
// holds its streams and waits for its end.

import { DockerError } from '../../api/error.ts';
import { open } from '../../guest/linux.ts';
import { ProgramBuilder, type OpRef } from '../../guest/program-builder.ts';
import { GuestError, type ProgramResult } from '../../guest/results.ts';
import { ByteWriter, decodeUtf8 } from '../../lib/bytes.ts';
import { nowNanoseconds } from '../../lib/timestamp.ts';
import type { EngineContext } from '../context.ts';
import { limitedDevices } from '../runtime/cgroup.ts';
import { startInit, type ResolvedMount } from '../runtime/init-program.ts';
import { containerDirectory, cgroupRoot } from '../runtime/paths.ts';
import { defaultRlimits, type ProcessSpec } from '../runtime/process.ts';
import { mountOverlay, overlayDirectories } from '../runtime/rootfs.ts';
import { createSandbox } from '../runtime/sandbox.ts';
import { containerStartError, explainStartFailure } from '../runtime/start-failure.ts';
import { openStreams } from '../runtime/streams.ts';
import { capabilitiesFor, noNewPrivilegesFor, rlimitsFor, seccompFor } from './confinement.ts';
import { connectNetwork } from './connect-network.ts';
import type { Container } from './container.ts';
import { containerEvent } from './container-events.ts';
import { createControlGroup } from './control-group.ts';
import { containerDevices, numbersOfDevices } from './devices.ts';
import { cleanUpRun } from './clean-up.ts';
import { startHealthchecks } from './health.ts';
import { linkedHosts, updateLinkedHosts, withLinks } from './links.ts';
import { hostFileMounts, readHostFiles, writeHostFiles } from './host-files.ts';
import { checkAvailable } from './host-support.ts';
import { sourceOf, type ContainerMount } from './mounts.ts';
import { portRequests } from '../network/port-requests.ts';
import { logOf, logSettingsOf } from './logging.ts';
import { namespacesOf, sysctlsOf } from './namespaces.ts';
import { checkPropagation, propagates } from './propagation.ts';
import { Restarts } from './restart-policy.ts';
import { superviseRun } from './supervise.ts';
import { resolveUser, type ExecUser } from './user.ts';
import { mountVolumes } from './volumes.ts';

/** openat2's RESOLVE_IN_ROOT: symbolic links in an image lead inside the image. */
const resolveInRoot = new ByteWriter(24).u64(0).u64(0).u64(0x10).finish();

const largestPasswd = 128 * 1024;

/** Starts `container`. Rejects with the daemon's error, and leaves nothing behind, when it cannot. */
export async function startContainer(context: EngineContext, container: Container): Promise<void> {
  await startLocked(context, container, { again: false });
}

/** The start that a restart policy wants. */
export const startAgain = (context: EngineContext, container: Container): Promise<void> =>
  startLocked(context, container, { again: true });

/** @param again by the restart policy, not by a person: what it counts goes on */
async function startLocked(
  context: EngineContext,
  container: Container,
  { again }: { readonly again: boolean },
): Promise<void> {
  let removing = false;
  const starting = container.lifecycle.run(async () => {
    // Stopped or killed by a person meanwhile.
    if (again && container.restarts.cancelled) throw new DockerError('conflict', 'restart canceled');
    if (container.paused) throw new DockerError('conflict', 'cannot start a paused container, try unpause instead');
    if (container.running && !again) throw new DockerError('not-modified', '');
    if (container.removalInProgress || container.status === 'dead') {
      throw new DockerError('conflict', 'container is marked for removal and cannot be started');
    }
    if (!again) {
      container.restarts = new Restarts();
      container.restartCount = 0;
    }
    try {
      await run(context, container);
    } catch (error) {
      await cleanUpRun(context, container);
      container.stdio.abandon();
      const failure =
        error instanceof GuestError
          ? explainStartFailure(error, container.path, container.config.WorkingDir || '/', {
              mounts: container.mounts,
              root: overlayDirectories(container.mountId, container.image.layers).merged,
            })
          : undefined;
      const reported = failure ? containerStartError(failure) : error;
      container.markStartFailed(
        failure?.exitCode ?? 128,
        reported instanceof Error ? reported.message : String(reported),
      );
      // A `--rm` container that could not start is removed, which its waiting client relies on.
      removing = container.hostConfig.AutoRemove && container.claimRemoval();
      throw reported;
    }
  });
  await starting.finally(() => (removing ? context.discard(container, { filesRemoved: false }) : undefined));
}

async function run(context: EngineContext, container: Container): Promise<void> {
  const { machine } = context;
  const log = logOf(machine.channel, container);
  await mountVolumes(context, container);
  const network = connectNetwork(context, container);
  if (container.endpoint) {
    const requests = portRequests(container.config, container.hostConfig);
    container.published = await context.ports.publish(container.name, container.endpoint, requests);
  }
  const { hostConfig } = container;
  checkAvailable(hostConfig);
  const devices = await containerDevices(machine.channel, hostConfig);
  const deviceNumbers = await numbersOfDevices(machine.channel, limitedDevices(hostConfig));
  const group = (p: ProgramBuilder): void => createControlGroup(p, container, devices, deviceNumbers);
  const linked = linkedHosts(container);
  const { user, mounts, host } = await prepare(context, container, network.sandboxId, group);

  const p = new ProgramBuilder(`start container ${container.shortId}`);
  writeHostFiles(p, context, container, host, linked);
  const spec = processSpec(container, user);
  const { pid, stdio } = startInit(p, {
    process: spec,
    root: overlayDirectories(container.mountId, container.image.layers).merged,
    cgroup: cgroupRoot + container.cgroup,
    ...namespacesOf(context, container, network.namespace),
    files: hostFileMounts(container),
    mounts,
    // In a pid namespace of others it would not be PID 1.
    init: hostConfig.Init === true && hostConfig.PidMode === '',
    devices: devices.nodes,
    privileged: container.hostConfig.Privileged,
    readOnlyRoot: container.hostConfig.ReadonlyRootfs,
    sysctls: sysctlsOf(container),
    ...context.host.masked(container.hostConfig.MaskedPaths ?? []),
    readonlyPaths: context.host.existing(container.hostConfig.ReadonlyPaths ?? []),
    stdin: container.config.OpenStdin,
  });
  const streams = openStreams(machine.channel, p, stdio);
  const result = await machine.channel.run(p.build());

  const initPid = result.of(pid).result;
  const exited = machine.channel.exited(initPid);
  container.markStarted(initPid, nowNanoseconds());
  container.streams = streams.ids;
  log?.begin();
  const drained = container.stdio.connect(streams, exited, log?.write);
  startHealthchecks(context, container);
  await updateLinkedHosts(context, container);
  containerEvent(context, container, 'start');
  void superviseRun(context, container, exited, drained, () => startAgain(context, container));
}

/** cgroup, root file system, host files and network namespace; and what only the mounted root can tell. */
async function prepare(
  context: EngineContext,
  container: Container,
  sandboxId: string | undefined,
  createGroup: (p: ProgramBuilder) => void,
): Promise<{ user: ExecUser; mounts: ResolvedMount[]; host: ReturnType<ReturnType<typeof readHostFiles>> }> {
  const { config, hostConfig } = container;
  const p = new ProgramBuilder(`prepare container ${container.shortId}`);

  createGroup(p);

  p.step('root file system');
  const directories = overlayDirectories(container.mountId, container.image.layers);
  mountOverlay(p, directories);

  p.step('files on the host');
  p.mkdirAll(containerDirectory(container.id), 0o710);
  const log = logSettingsOf(container);
  if (log) {
    p.mkdirAll(log.path.slice(0, log.path.lastIndexOf('/')), 0o700);
    p.writeFile(log.path, '', open.O_WRONLY | open.O_CREAT | open.O_APPEND, 0o640);
  }
  const hostFiles = readHostFiles(p);

  if (sandboxId)
    createSandbox(
      p,
      sandboxId,
      container.endpoint && {
        ...container.endpoint,
        bridgeIndex: context.bridge.index,
        hairpin: container.published.length > 0,
      },
    );

  p.step('user and mounts');
  const root = p.open(directories.merged, open.O_PATH | open.O_DIRECTORY);
  const passwd = readInRoot(p, root, 'etc/passwd');
  const group = readInRoot(p, root, 'etc/group');
  const sources = container.mounts.map((mount) => statSource(p, mount));
  const mountinfo = container.mounts.some(propagates) ? p.readFile('/proc/self/mountinfo', largestPasswd) : undefined;
  const result = await context.machine.channel.run(p.build());
  if (mountinfo) checkPropagation(container.mounts, textOf(result, mountinfo));

  return {
    host: hostFiles(result),
    user: resolveUser(
      config.User,
      { passwd: textOf(result, passwd), group: textOf(result, group) },
      hostConfig.GroupAdd ?? [],
    ),
    mounts: container.mounts.map((mount, index) => ({
      ...mount,
      sourceIsDirectory: isDirectory(result, sources[index]),
    })),
  };
}

/** Reads a small file below the directory `root`; a missing one reads as empty. */
export function readInRoot(p: ProgramBuilder, root: OpRef, path: string): OpRef {
  const file = p.try.openat2(root, path, resolveInRoot);
  return p.try.pread64(file, largestPasswd, 0);
}

export const textOf = (result: ProgramResult, ref: OpRef): string => decodeUtf8(result.of(ref).output);

const statxModeOffset = 28;

function statSource(p: ProgramBuilder, mount: ContainerMount): OpRef | undefined {
  return mount.type === 'tmpfs' ? undefined : p.statx(-100, sourceOf(mount), 0, 0x7ff, 256);
}

function isDirectory(result: ProgramResult, ref: OpRef | undefined): boolean {
  if (!ref) return true;
  const output = result.of(ref).output;
  return (((output[statxModeOffset] ?? 0) | ((output[statxModeOffset + 1] ?? 0) << 8)) & 0o170000) === 0o040000;
}

/** The container's init as a process. */
function processSpec(container: Container, user: ExecUser): ProcessSpec {
  const { config, hostConfig } = container;
  return {
    argv: [container.path, ...container.args],
    env: processEnvironment(withLinks(container, config.Env ?? []), {
      hostname: config.Hostname,
      tty: config.Tty,
      home: user.home,
    }),
    cwd: config.WorkingDir || '/',
    user,
    tty: config.Tty,
    terminalSize: container.terminalSize,
    capabilities: capabilitiesFor(hostConfig),
    noNewPrivileges: noNewPrivilegesFor(hostConfig),
    seccomp: seccompFor(hostConfig),
    rlimits: [...defaultRlimits, ...rlimitsFor(hostConfig)],
    oomScoreAdj: hostConfig.OomScoreAdj,
  };
}

/** The environment in Docker's order: PATH, HOSTNAME, TERM, what was configured, HOME. */
export function processEnvironment(
  configured: readonly string[],
  { hostname, tty, home }: { hostname: string; tty: boolean; home: string },
): string[] {
  const nameOf = (entry: string): string => entry.split('=', 1)[0]!;
  const names = new Set(configured.map(nameOf));
  const defaults = [
    'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    `HOSTNAME=${hostname}`,
    ...(tty ? ['TERM=xterm'] : []),
  ];
  return [
    ...defaults.map((entry) => configured.find((given) => nameOf(given) === nameOf(entry)) ?? entry),
    ...configured.filter(
      (entry) => entry.includes('=') && !defaults.some((preset) => nameOf(preset) === nameOf(entry)),
    ),
    ...(names.has('HOME') ? [] : [`HOME=${home}`]),
  ];
}
