import { maxArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { list, map, text } from '../../flag/flag.ts';
import { clusterFlags } from './cluster-flags.ts';
import { toMap } from '../container/options/key-values.ts';

const flags = {
  ...clusterFlags,
  driver: text('Specify volume driver name', { shorthand: 'd', initial: 'local' }),
  label: list('Set metadata for a volume'),
  name: text('Specify volume name', { hidden: true }),
  opt: map('Set driver specific options', { shorthand: 'o' }),
};

export const create: CommandSpec<typeof flags> = {
  use: 'create [OPTIONS] [VOLUME]',
  short: 'Create a volume',
  args: maxArgs(1),
  complete: nothing,
  flags,
  async run(cli, { args: [argument], flags: { driver, label, name, opt } }) {
    if (argument !== undefined && name !== '') {
      throw new Error('conflicting options: cannot specify a volume-name through both --name and as a positional arg');
    }
    const request = { Name: argument ?? name, Driver: driver, DriverOpts: { ...opt }, Labels: toMap(label) };
    const { Name } = await cli.client.volumes.create(request);
    await cli.print(`${Name}\n`);
  },
};
