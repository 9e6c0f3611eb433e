import { minArgs, type CommandSpec } from '../../command.ts';
import { runningContainers } from '../../completion/names.ts';
import { alignTabs } from '../../format/tabwriter.ts';

export const top: CommandSpec<{}> = {
  use: 'top CONTAINER [ps OPTIONS]',
  short: 'Display the running processes of a container',
  aliasLine: 'docker container top, docker top',
  args: minArgs(1),
  complete: runningContainers(),
  flags: {},
  // What follows the container is for ps.
  interspersed: false,
  async run(cli, { args: [container = '', ...psOptions] }) {
    const { Titles: titles, Processes: processes } = await cli.client.containers.top(container, psOptions.join(' '));
    const lines = [titles, ...processes].map((fields) => `${fields.join('\t')}\n`);
    await cli.print(alignTabs(lines.join(''), { minWidth: 20, padding: 3 }));
  },
};
