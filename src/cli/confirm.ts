import type { DockerCli } from './docker-cli.ts';
import { ExitError } from './exit-error.ts';
import { readLine } from './stream/read-input.ts';

/** Asks a yes-or-no question. Anything but `y`, the end of input too, ends the command, which counts as success. */
export async function confirm(cli: DockerCli, question: string): Promise<void> {
  await cli.print(`${question} [y/N] `);
  const answer = await readLine(cli, { echo: true });
  if (answer.trim().toLowerCase() !== 'y') throw new ExitError(0);
}
