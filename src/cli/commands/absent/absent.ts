/**
 * Commands of Docker that are not here: their flags, arguments and help are Docker's, and running them says what is
 * missing.
 */
import { command, type CommandNode, type CommandSpec, type Placement } from '../../command.ts';
import type { Flags } from '../../flag/flag.ts';

type Declared<F extends Flags> = Omit<CommandSpec<F>, 'flags' | 'run'> & { readonly flags?: F };

/** `reason` ends the sentence "'docker …' is not available in Drydock: ". */
export const absent = <F extends Flags>(reason: string, spec: Declared<F>, placement?: Placement): CommandNode =>
  command<Flags>(
    {
      flags: {},
      ...spec,
      async run(_cli, { path }) {
        throw new Error(`docker: '${path}' is not available in Drydock: ${reason}`);
      },
    },
    placement,
  );

/** A command of Swarm's: the engine answers, as it does on every node that is not part of a swarm. */
export const swarmCommand = <F extends Flags>(spec: Declared<F>, placement?: Placement): CommandNode =>
  command<Flags>(
    {
      flags: {},
      ...spec,
      async run(cli, { path }) {
        // To set up a swarm asks nothing of the node that a plain one refuses.
        if (path !== 'docker swarm init' && path !== 'docker swarm join') await cli.client.system.swarm();
        throw new Error(`docker: '${path}' is not available in Drydock: there is no Swarm mode`);
      },
    },
    placement,
  );
