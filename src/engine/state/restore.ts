// Taking over the containers that another engine has left in the guest: those that run go on running, what ended
// meanwhile has ended, and restart policies are followed as a daemon follows them when it starts.

import { at } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { readDirectory } from '../../guest/tree/read-directory.ts';
import { statxBasic, statxSize } from '../../guest/tree/file-stat.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import { fromBase64 } from '../../guest/base64.ts';
import { nowNanoseconds } from '../../lib/timestamp.ts';
import { cleanUpRun } from '../container/clean-up.ts';
import type { Container } from '../container/container.ts';
import { resumeHealthchecks } from '../container/health.ts';
import { logOf } from '../container/logging.ts';
import { removeContainer } from '../container/remove.ts';
import { startAgain, startContainer } from '../container/start.ts';
import { resumeBackOff, superviseRun } from '../container/supervise.ts';
import type { EngineContext } from '../context.ts';
import { cgroupRoot, containerDirectory, dockerRoot } from '../runtime/paths.ts';
import { adoptStreams } from '../runtime/streams.ts';
import { configFile, hostConfigFile } from './container-files.ts';
import { containerOf, parseRecord, type ContainerRecord } from './container-record.ts';

/** More than a record with a seccomp profile takes. */
const largestRecord = 500 * 1024;

/** The exit code of a process of whose end nobody knows (moby's). */
const unknownExit = 255;

/** Reads all containers, then lets them go on. A record that cannot be read is reported and leaves the others alone. */
export async function restoreContainers(context: EngineContext): Promise<void> {
  const { containers, machine } = context;
  const entries = await readDirectory(machine.channel, dockerRoot, 'containers');
  const restored: { container: Container; record: ContainerRecord }[] = [];
  for (const { name: id } of entries) {
    try {
      const found = await restoreContainer(context, id);
      containers.add(found.container);
      restored.push(found);
    } catch (error) {
      console.error(`restoring container ${id.slice(0, 12)}: ${(error as Error).message}`);
    }
  }
  // All must be known before the first goes on: one may live in another's network, or be linked to it.
  for (const { container, record } of restored) {
    container.links = record.Drydock.links.flatMap(({ alias, child }) => {
      const found = containers.find(child);
      return found ? [{ alias, child: found }] : [];
    });
    if (!container.endpoint) continue;
    context.bridge.adopt(container.endpoint);
    context.ports.adopt(container.endpoint, container.published);
  }
  for (const { container, record } of restored) {
    try {
      await goOn(context, container, record);
    } catch (error) {
      console.error(`going on with container ${container.shortId}: ${(error as Error).message}`);
    }
  }
}

async function restoreContainer(
  { machine, images }: EngineContext,
  id: string,
): Promise<{ container: Container; record: ContainerRecord }> {
  const directory = containerDirectory(id);
  const p = new ProgramBuilder(`read container ${id.slice(0, 12)}`);
  const config = p.readFile(`${directory}/${configFile}`, largestRecord);
  const host = p.readFile(`${directory}/${hostConfigFile}`, largestRecord);
  const result = await machine.channel.run(p.build());
  const { record, hostConfig } = parseRecord(decodeUtf8(result.output(config)), decodeUtf8(result.output(host)));
  if (record.ID !== id) throw new Error(`its record is that of ${record.ID}`);
  const base = images.bases.get(id);
  if (!base) throw new Error(`the layers of its image ${record.Image} are not here`);
  return { container: containerOf(record, hostConfig, { ...base, name: record.Config.Image }), record };
}

async function goOn(context: EngineContext, container: Container, record: ContainerRecord): Promise<void> {
  const { channel } = context.machine;
  const again = (): Promise<void> => startAgain(context, container);
  if (container.restarting) {
    const { until } = record.Drydock.restarts;
    resumeBackOff(container, Math.max(0, (until ?? 0) - Date.now()), again);
    return;
  }
  if (container.running && channel.knows(container.pid)) {
    takeOver(context, container, record, again);
    return;
  }
  if (container.running || (await hasGroup(context, container))) {
    // Of a run that nobody knows the end of, or a start that was cut off.
    const { oomKilled } = await cleanUpRun(context, container);
    if (container.running) container.markExited({ exitCode: unknownExit, oomKilled }, nowNanoseconds());
  }
  const { hostConfig, exitCode, restartCount } = container;
  if (container.startedAt === 0n) return;
  if (container.restarts.wantedAtStart(exitCode, restartCount, hostConfig.RestartPolicy)) {
    // Why one cannot start is in its state.
    await startContainer(context, container).catch(() => {});
  } else if (hostConfig.AutoRemove) {
    await removeContainer(context, container, container.id, { force: false, volumes: true, link: false });
  }
}

/** Takes the streams of a container that runs, or has ended meanwhile, and waits for its end. */
function takeOver(
  context: EngineContext,
  container: Container,
  record: ContainerRecord,
  again: () => Promise<void>,
): void {
  const { channel } = context.machine;
  const exited = channel.exited(container.pid);
  const log = logOf(channel, container);
  const unfinished = Object.entries(record.Drydock.unfinished ?? {}) as ['stdout' | 'stderr', string][];
  log?.begin(new Map(unfinished.map(([stream, text]) => [stream, fromBase64(text)])));
  const drained = container.stdio.connect(adoptStreams(channel, container.streams), exited, log?.write);
  if (!container.paused) resumeHealthchecks(context, container, container.health?.lastProbe ?? container.startedAt);
  void superviseRun(context, container, exited, drained, again);
}

async function hasGroup({ machine }: EngineContext, container: Container): Promise<boolean> {
  const p = new ProgramBuilder(`look for what is left of ${container.shortId}`);
  const group = p.try.statx(at.AT_FDCWD, cgroupRoot + container.cgroup, 0, statxBasic, statxSize);
  return (await machine.channel.run(p.build())).value(group) >= 0;
}
