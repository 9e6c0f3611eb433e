import type { DockerCli } from '../../docker-cli.ts';
import { throwJoined } from '../../exit-error.ts';

const atOnce = 50;

/** Does something to many containers at once, and prints each name as it is done, in the order given. */
export async function eachContainer(
  cli: DockerCli,
  names: readonly string[],
  act: (name: string) => Promise<void>,
  onError?: (error: unknown) => Promise<boolean>,
): Promise<void> {
  const errors: unknown[] = [];
  const results: Promise<unknown>[] = [];
  for (const [at, name] of names.entries()) {
    if (at >= atOnce) await results[at - atOnce];
    // Kept as values: one failure must not end the others.
    results.push(
      act(name).then(
        () => undefined,
        (error: unknown) => ({ error }),
      ),
    );
  }
  for (const [at, name] of names.entries()) {
    const failure = (await results[at]) as { error: unknown } | undefined;
    if (failure === undefined) await cli.print(`${name}\n`);
    else if (!(await onError?.(failure.error))) errors.push(failure.error);
  }
  throwJoined(errors);
}
