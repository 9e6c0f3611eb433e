/**
 * A controller whose signal also fires when `signal` does. AbortSignal.any joins signals too, but Node keeps what it made
 * for ever when somebody listens and it never fires.
 */
export function linkedAbort(signal: AbortSignal): AbortController {
  const controller = new AbortController();
  if (signal.aborted) controller.abort(signal.reason);
  signal.addEventListener('abort', () => controller.abort(signal.reason), { once: true });
  return controller;
}
