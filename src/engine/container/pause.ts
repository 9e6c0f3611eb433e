// Pausing is the cgroup v2 freezer: the processes stay as they are and get no CPU.

import { DockerError } from '../../api/error.ts';
import { open } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { GuestError } from '../../guest/results.ts';
import type { EngineContext } from '../context.ts';
import { cgroupRoot } from '../runtime/paths.ts';
import { requireNotRestarting, type Container } from './container.ts';
import { containerEvent } from './container-events.ts';
import { resumeHealthchecks } from './health.ts';

async function freeze(context: EngineContext, container: Container, frozen: boolean): Promise<void> {
  const p = new ProgramBuilder(`${frozen ? 'pause' : 'unpause'} container ${container.shortId}`);
  p.writeFile(`${cgroupRoot}${container.cgroup}/cgroup.freeze`, frozen ? '1' : '0', open.O_WRONLY, 0);
  try {
    await context.machine.channel.run(p.build());
  } catch (error) {
    // Its processes ended a moment ago, and their cgroup with them: whoever waits for that end says so.
    if (!(error instanceof GuestError && error.code === 'ENOENT')) throw error;
    if (frozen) throw new DockerError('conflict', `container ${container.id} is not running`, { cause: error });
    return;
  }
  container.status = frozen ? 'paused' : 'running';
}

export async function pauseContainer(context: EngineContext, container: Container): Promise<void> {
  await container.lifecycle.run(async () => {
    if (!container.running) throw new DockerError('conflict', `container ${container.id} is not running`);
    if (container.paused) throw new DockerError('conflict', `Container ${container.id} is already paused`);
    requireNotRestarting(container);
    await freeze(context, container, true);
    container.health?.close();
    containerEvent(context, container, 'pause');
  });
}

export async function unpauseContainer(context: EngineContext, container: Container): Promise<void> {
  await container.lifecycle.run(async () => {
    // A plain error in the daemon, which its clients see as a 500.
    if (!container.paused) throw new DockerError('system', `Container ${container.id} is not paused`);
    await freeze(context, container, false);
    resumeHealthchecks(context, container);
    containerEvent(context, container, 'unpause');
  });
}

/** Thaws a container that is about to be signalled; says nothing to listeners. */
export const resumeContainer = (context: EngineContext, container: Container): Promise<void> =>
  freeze(context, container, false);
