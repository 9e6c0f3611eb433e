import type { DockerCli } from '../docker-cli.ts';
import { messageOf } from '../exit-error.ts';

/** Sends every signal the CLI gets on to a container; returns what stops that. */
export function forwardSignals(cli: DockerCli, container: string): () => void {
  return cli.io.onSignal((name) => {
    if (name === 'CHLD' || name === 'PIPE' || name === 'URG') return;
    cli.client.containers
      .kill(container, name)
      .catch((error: unknown) => cli.log('debug', `Error sending signal: ${messageOf(error)}`));
  });
}
