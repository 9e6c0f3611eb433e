import { exactArgs, type CommandSpec } from '../../command.ts';
import { runningContainers } from '../../completion/names.ts';

const letters = ['C', 'A', 'D'];

export const diff: CommandSpec<{}> = {
  use: 'diff CONTAINER',
  short: "Inspect changes to files or directories on a container's filesystem",
  aliasLine: 'docker container diff, docker diff',
  args: exactArgs(1),
  complete: runningContainers(),
  flags: {},
  async run(cli, { args: [name = ''] }) {
    if (name === '') throw new Error('Container name cannot be empty');
    const changes = (await cli.client.containers.changes(name)) ?? [];
    for (const { Path: path, Kind: kind } of changes) await cli.print(`${letters[kind]} ${path}\n`);
  },
};
