// When a container whose process has ended runs again, and how long it waits before (moby's restartmanager).

import type { RestartPolicy } from '../../api/container-config.ts';
import { DockerError } from '../../api/error.ts';
import { deferred, type Deferred } from '../../lib/deferred.ts';

/** The first wait, in milliseconds; each further one doubles it. */
const shortestDelay = 100;
const longestDelay = 60_000;

/** Seconds after which a run counts as a success: the next wait is the shortest again. */
const steadyAfter = 10;

/** The daemon's check of `--restart`, in its words. Without a name anything goes, as in versions before 25. */
export function validateRestartPolicy({ Name: name, MaximumRetryCount: retries }: RestartPolicy): void {
  const invalid = (message: string): DockerError =>
    new DockerError('invalid-parameter', `invalid restart policy: ${message}`);
  switch (name) {
    case '':
      return;
    case 'no':
    case 'always':
    case 'unless-stopped':
      if (retries !== 0) {
        const negative = retries < 0 ? ' and cannot be negative' : '';
        throw invalid(`maximum retry count can only be used with 'on-failure'${negative}`);
      }
      return;
    case 'on-failure':
      if (retries < 0) throw invalid('maximum retry count cannot be negative');
      return;
    default:
      throw invalid(`unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`);
  }
}

/** What another engine needs to go on with the restarts of a container. */
export interface RestartsState {
  readonly manuallyStopped: boolean;
  /** Milliseconds. */
  readonly delay: number;
  /** When the wait that is going on ends, in milliseconds since 1970. */
  readonly until?: number;
}

/** The restarts since a person last started the container. */
export class Restarts {
  /** Somebody stopped or killed it by hand. */
  manuallyStopped = false;
  #delay = 0;
  #until: number | undefined;
  #suspended = false;
  #cancelled = false;
  #cancellation: Deferred = deferred();

  constructor(state?: RestartsState) {
    if (!state) return;
    this.manuallyStopped = state.manuallyStopped;
    this.#delay = state.delay;
  }

  save(): RestartsState {
    return { manuallyStopped: this.manuallyStopped, delay: this.#delay, until: this.#until };
  }

  /** Leaves a wait that is going on, and what follows it, to another engine. */
  suspend(): void {
    this.#suspended = true;
  }

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Lets no further restart happen, also one that is waiting. */
  cancel(): void {
    this.#cancelled = true;
    this.#cancellation.resolve();
  }

  /**
   * Milliseconds to wait before the next run; undefined when there is to be none.
   * @param run the one that ended: its length in seconds, and how many restarts there were before it ended
   */
  delayAfter(
    run: { readonly exitCode: number; readonly seconds: number; readonly restarts: number },
    policy: RestartPolicy,
  ): number | undefined {
    if (this.#cancelled) return undefined;
    if (run.seconds >= steadyAfter) this.#delay = 0;
    this.#delay = Math.min(this.#delay === 0 ? shortestDelay : this.#delay * 2, longestDelay);
    return this.#wanted(run, policy) ? this.#delay : undefined;
  }

  #wanted(run: { readonly exitCode: number; readonly restarts: number }, policy: RestartPolicy): boolean {
    switch (policy.Name) {
      case 'always':
        return true;
      case 'unless-stopped':
        return !this.manuallyStopped;
      case 'on-failure':
        return run.exitCode !== 0 && (policy.MaximumRetryCount === 0 || run.restarts < policy.MaximumRetryCount);
      default:
        return false;
    }
  }

  /** Waits so many milliseconds, or until cancelled. */
  async pause(milliseconds: number): Promise<void> {
    this.#until = Date.now() + milliseconds;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const over = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds);
      // In Node a pending timer would keep the process alive for nothing.
      (timer as { unref?: () => void }).unref?.();
    });
    await Promise.race([over, this.#cancellation.promise]);
    clearTimeout(timer);
    if (this.#suspended) await new Promise(() => {});
    this.#until = undefined;
  }

  /** Whether a daemon that has just started runs the container again; `restarts` as it counted them. */
  wantedAtStart(exitCode: number, restarts: number, policy: RestartPolicy): boolean {
    return this.#wanted({ exitCode, restarts }, policy);
  }
}
