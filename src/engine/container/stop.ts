// Ending containers: stop, kill, restart.

import { DockerError } from '../../api/error.ts';
import type { ContainerStopOptions } from '../../api/backend/container.ts';
import { ProgramBuilder } from '../../guest/program-builder.ts';
import { GuestError } from '../../guest/results.ts';
import type { EngineContext } from '../context.ts';
import type { Container } from './container.ts';
import { containerEvent } from './container-events.ts';
import { resumeContainer } from './pause.ts';
import { isKnownSignal, parseSignal, SIGKILL, signalNumber } from './signals.ts';
import { startContainer } from './start.ts';
import { settlesWithin } from './stdio.ts';

/** Seconds a container has to end by itself when neither it nor the request says. */
const defaultStopTimeout = 10;

/** Sends a signal to a container's init. A process that is already gone is no error. */
async function signalInit(context: EngineContext, container: Container, signal: number): Promise<void> {
  const p = new ProgramBuilder(`signal container ${container.shortId}`);
  p.kill(container.pid, signal);
  try {
    await context.machine.channel.run(p.build());
  } catch (error) {
    if (!(error instanceof GuestError && error.code === 'ESRCH')) throw error;
  }
  containerEvent(context, container, 'kill', { signal: String(signal) });
}

/**
 * Tells the restart policy of a signal a person sends. Like moby: where a stop signal is configured, only that one and
 * SIGKILL end the restarts; where none is, any signal does.
 */
function exitOnNext(container: Container, signal: number): void {
  const { StopSignal: configured } = container.config;
  container.restarts.manuallyStopped = true;
  if (!configured || signal === SIGKILL || signal === parseSignal(configured)) container.restarts.cancel();
}

/** Ends a container that waits to be restarted, if it does: there is no process to signal. */
async function endedInBackOff(container: Container): Promise<boolean> {
  if (!container.restarting) return false;
  if (container.restarts.cancelled) await container.backOff;
  return !container.running || container.restarting;
}

export async function stopContainer(
  context: EngineContext,
  container: Container,
  options: ContainerStopOptions,
): Promise<void> {
  if (!container.running) throw new DockerError('not-modified', '');
  const stopSignal = parseSignal(options.signal || container.config.StopSignal || 'SIGTERM');
  container.restarts.manuallyStopped = true;
  container.restarts.cancel();
  if (await endedInBackOff(container)) {
    containerEvent(context, container, 'stop');
    return;
  }
  const exited = container.nextExit;
  // The end of the run publishes the event, for in Docker's order it precedes `die`.
  container.stopping++;
  try {
    // A frozen container cannot handle a signal (moby thaws it too).
    if (container.paused) await resumeContainer(context, container);
    await signalInit(context, container, stopSignal);
    const timeout = options.timeout ?? container.config.StopTimeout ?? defaultStopTimeout;
    if (!(await endsWithin(exited, timeout)) && container.running) {
      await signalInit(context, container, SIGKILL);
      await exited;
    }
  } finally {
    container.stopping--;
  }
}

/** Whether `exited` settles within so many seconds; a negative number waits for ever. */
async function endsWithin(exited: Promise<unknown>, seconds: number): Promise<boolean> {
  if (seconds >= 0) return settlesWithin(exited, seconds * 1000);
  await exited;
  return true;
}

/** Sends a signal. Errors lack the prefix `cannot kill container: X: `, which the server puts before all of them. */
export async function killContainer(context: EngineContext, container: Container, signalText: string): Promise<void> {
  const signal = signalText === '' ? SIGKILL : (signalNumber(signalText) ?? parseSignal(signalText));
  if (!isKnownSignal(signal)) {
    throw new DockerError('invalid-parameter', `the linux daemon does not support signal ${signal}`);
  }
  if (!container.running) {
    throw new DockerError('conflict', `container ${container.id} is not running`);
  }
  exitOnNext(container, signal);
  if (await endedInBackOff(container)) return;
  const exited = container.nextExit;
  if (container.paused && signal === SIGKILL) await resumeContainer(context, container);
  await signalInit(context, container, signal);
  // The daemon, too, answers a SIGKILL only when the container has ended.
  if (signal === SIGKILL) await exited;
}

export async function restartContainer(
  context: EngineContext,
  container: Container,
  options: ContainerStopOptions,
): Promise<void> {
  if (container.running) {
    // Removal on exit must not strike between the two halves.
    container.restartingByHand++;
    try {
      await stopContainer(context, container, options);
    } finally {
      container.restartingByHand--;
    }
  }
  await startContainer(context, container);
  containerEvent(context, container, 'restart');
}
