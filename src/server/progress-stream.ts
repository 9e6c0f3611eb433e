/** Replies that report progress as JSON lines (moby's streamformatter): pull, and later load, push and build. */
import type { ProgressMessage } from '../api/progress.ts';
import { encodeUtf8 } from '../lib/bytes.ts';
import { deferred } from '../lib/deferred.ts';
import type { ApiContext } from './context.ts';
import { errorMessage, streamReply } from './replies.ts';
import type { ProgressReporter } from '../api/backend/image.ts';

const encodeMessage = (message: ProgressMessage): Uint8Array => encodeUtf8(`${JSON.stringify(message)}\r\n`);

/**
 * Runs `operation`. An error before its first report becomes a status (unless `errorsAreProgress`), a later one the
 * stream's last line: by then the client has its 200.
 */
export async function progressReply(
  context: ApiContext,
  operation: (report: ProgressReporter) => Promise<void>,
  { errorsAreProgress = false } = {},
): Promise<Response> {
  const queue: ProgressMessage[] = [];
  let ended = false;
  let wake = deferred();
  const signalChange = (): void => {
    wake.resolve();
    wake = deferred();
  };
  const begun = wake.promise;
  const running = operation((message) => {
    queue.push(message);
    signalChange();
  });
  const finished = running
    .catch((error: unknown) => {
      const message = errorMessage(error);
      queue.push({ errorDetail: { message }, error: message });
    })
    .then(() => {
      ended = true;
      signalChange();
    });
  await Promise.race([begun, errorsAreProgress ? finished : running]);

  const messages = (async function* () {
    for (;;) {
      const changed = wake.promise;
      yield* queue.splice(0);
      if (ended && queue.length === 0) break;
      if (queue.length === 0) await changed;
    }
    await finished;
  })();
  return streamReply(context, 'application/json', messages, encodeMessage);
}
