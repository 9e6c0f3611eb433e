// What systemd does for dockerd (Restart=always, StartLimitBurst=3, StartLimitIntervalSec=60): an engine that an error
// got out of is in a state nobody knows, so another one takes its place. Containers run on.

const burst = 3;
/** Milliseconds. */
const interval = 60_000;

export interface CrashOptions {
  restartEngine(): Promise<void>;
  /** Resolves when there is no guest any more, and so nothing to restart on. */
  readonly died: Promise<unknown>;
  report(message: string): void;
  now?(): number;
}

/**
 * The handler of errors that nobody caught. What comes while the engine restarts is only reported; one that keeps
 * crashing, or does not start, is left alone after three times in a minute.
 */
export function restartAfterCrash({ restartEngine, died, report, now = Date.now }: CrashOptions) {
  let restarts: number[] = [];
  let isOver = false;
  let isRestarting = false;
  died.then(
    () => (isOver = true),
    () => (isOver = true),
  );
  return async (error: unknown): Promise<void> => {
    // Somebody went away while nobody waited for it: no fault of the engine's.
    if (isOver || (error instanceof Error && error.name === 'AbortError')) return;
    report(`The engine crashed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    if (isRestarting) return;
    isRestarting = true;
    try {
      for (let isUp = false; !isUp;) {
        restarts = restarts.filter((at) => now() - at < interval);
        if (restarts.length >= burst) {
          report('The engine crashed too often; "systemctl restart docker" tries again');
          return;
        }
        restarts.push(now());
        isUp = await restartEngine().then(
          () => true,
          (failure: unknown) => {
            report(`The engine did not start again: ${String(failure)}`);
            return false;
          },
        );
      }
      report('The engine has restarted');
    } finally {
      isRestarting = false;
    }
  };
}
