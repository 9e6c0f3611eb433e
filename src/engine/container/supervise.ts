// What follows a start: waiting for the end of the run, making it known, and starting again where the policy says so.

import { exitCodeOf, open } from '../../guest/linux.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { nowNanoseconds } from '../../lib/timestamp.ts';
import type { EngineContext } from '../context.ts';
import { cgroupRoot } from '../runtime/paths.ts';
import { cleanUpRun } from './clean-up.ts';
import type { Container, ExitStatus } from './container.ts';
import { containerEvent } from './container-events.ts';

/** Waits for the end of a run and makes it known. `startAgain` is for the restart policy. */
export async function superviseRun(
  context: EngineContext,
  container: Container,
  exited: Promise<number>,
  drained: Promise<void>,
  startAgain: () => Promise<void>,
): Promise<void> {
  let status: number;
  // When it fails nobody may be left who waits for it.
  drained.catch(() => {});
  try {
    status = await exited;
    container.health?.close();
    // In a pid namespace of its own everything died with the init; elsewhere what is left still holds the streams.
    if (container.hostConfig.PidMode !== '') await killAll(context, container);
    await drained;
  } catch {
    // The machine is gone, and with it every container; whoever waits hears it from the machine.
    return;
  }
  let exit!: ExitStatus;
  // Decided once and together with the end of the run: nobody may start it in between.
  let removing = false;
  const end = async (): Promise<boolean> => {
    removing = container.hostConfig.AutoRemove && container.restartingByHand === 0 && container.claimRemoval();
    // Before its file may go.
    await container.log?.end({ removed: removing });
    const { oomKilled } = await cleanUpRun(context, container, { files: removing });
    exit = { exitCode: exitCodeOf(status), oomKilled };
    const seconds = (nowNanoseconds() - container.startedAt) / 1_000_000_000n;
    if (oomKilled) containerEvent(context, container, 'oom');
    for (let i = 0; i < container.stopping; i++) containerEvent(context, container, 'stop');
    containerEvent(context, container, 'die', { execDuration: String(seconds), exitCode: String(exit.exitCode) });
    const delay = container.restarts.delayAfter(
      { exitCode: exit.exitCode, seconds: Number(seconds), restarts: container.restartCount },
      container.hostConfig.RestartPolicy,
    );
    if (delay !== undefined) container.restartCount++;
    context.execs.forget(container, 'unstarted');
    const endedAt = context.machine.channel.endedAt(container.pid) ?? nowNanoseconds();
    container.markExited(exit, endedAt, delay === undefined ? 'exited' : 'restarting');
    if (delay !== undefined) container.backOff = restartAfter(container, delay, exit, startAgain);
    return true;
  };
  const isOver = await container.lifecycle.run(end).catch((error: unknown) => {
    // Its end is for the engine that has taken over.
    if (context.closed) return false;
    throw error;
  });
  if (!isOver) return;
  if (removing) await context.discard(container, { filesRemoved: true });
}

/** Goes on with the wait of a container that another engine has left waiting. */
export function resumeBackOff(container: Container, delay: number, startAgain: () => Promise<void>): void {
  const exit = { exitCode: container.exitCode, oomKilled: container.oomKilled };
  container.backOff = restartAfter(container, delay, exit, startAgain);
}

/** Sits out the back-off. A restart that was cancelled, or fails, leaves the container stopped for good. */
async function restartAfter(
  container: Container,
  delay: number,
  exit: ExitStatus,
  startAgain: () => Promise<void>,
): Promise<void> {
  await container.restarts.pause(delay);
  try {
    await startAgain();
  } catch {
    // The reason is in the container's state.
    await container.lifecycle.run(async () => container.markExited(exit, nowNanoseconds()));
  }
}

async function killAll(context: EngineContext, container: Container): Promise<void> {
  const p = new ProgramBuilder(`kill what is left of container ${container.shortId}`);
  p.try.writeFile(`${cgroupRoot}${container.cgroup}/cgroup.kill`, '1', open.O_WRONLY, 0);
  await context.machine.channel.run(p.build());
}
