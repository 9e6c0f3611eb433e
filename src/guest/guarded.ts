/**
 * Calls somebody's handler. Its exception is not the channel's: it surfaces as an uncaught error, and the channel goes on.
 */
export function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
