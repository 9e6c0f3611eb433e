import type { DockerCli } from '../docker-cli.ts';
import { messageOf } from '../exit-error.ts';

/**
 * Has the engine watch for a container's next exit, or its removal. Resolves when it watches; `status` is the exit
 * code, 125 when that cannot be known. `commandEnd` ends the watch of a command that does not wait for the container: its
 * request would stay open for as long as the container runs, for no process ends here that would close it.
 */
export async function watchExit(
  cli: DockerCli,
  container: string,
  untilRemoved: boolean,
  commandEnd: AbortSignal,
): Promise<{ status: Promise<number> }> {
  const failed = async (message: string): Promise<number> => {
    if (!commandEnd.aborted) await cli.log('error', message);
    return 125;
  };
  try {
    const { result } = await cli.client.containers.wait(container, untilRemoved ? 'removed' : 'next-exit', commandEnd);
    const status = result.then(
      ({ Error: error, StatusCode }) =>
        error ? failed(`Error waiting for container: ${error.Message ?? ''}`) : StatusCode,
      (error: unknown) => failed(`error waiting for container: ${messageOf(error)}`),
    );
    return { status };
  } catch (error) {
    return { status: failed(`error waiting for container: ${messageOf(error)}`) };
  }
}
