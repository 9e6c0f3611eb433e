import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, filter, int, text } from '../../flag/flag.ts';
import { listFormatUsage } from '../../format-usage.ts';
import { Template } from '../../../lib/go-template/template.ts';
import { renderRows } from '../../format/table.ts';
import { containerFormat, containerHeaders, containerRow } from './container-row.ts';

const flags = {
  all: bool('Show all containers (default shows just running)', { shorthand: 'a' }),
  filter: filter('Filter output based on conditions provided', { shorthand: 'f' }),
  format: text(listFormatUsage),
  last: int('Show n last created containers (includes all states)', { shorthand: 'n', initial: -1 }),
  latest: bool('Show the latest created container (includes all states)', { shorthand: 'l' }),
  'no-trunc': bool("Don't truncate output"),
  quiet: bool('Only display container IDs', { shorthand: 'q' }),
  size: bool('Display total file sizes', { shorthand: 's' }),
};

export const ps: CommandSpec<typeof flags> = {
  use: 'ps [OPTIONS]',
  short: 'List containers',
  aliasLine: 'docker container ls, docker container list, docker container ps, docker ps',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: given, changed }) {
    const { all, quiet } = given;
    if (given.format !== '' && quiet) {
      await cli.printError('WARNING: Ignoring custom format, because both --format and --quiet are set.\n');
    }
    const format = given.format || (quiet ? '' : ((await cli.settings()).psFormat ?? ''));
    let { size } = given;
    if (format !== '') {
      // A size costs the engine time, so it is asked for only where the format shows it.
      const showsSize = usesSize(format);
      if (!quiet && !changed.has('size')) size ||= showsSize;
    }
    const limit = given.latest && given.last === -1 ? 1 : given.last;
    const containers = await cli.client.containers.list({ all, limit, size, filters: given.filter });
    const rows = containers.map((container) => containerRow(container, !given['no-trunc']));
    await cli.print(renderRows(containerFormat(format, quiet, size), containerHeaders, rows));
  },
};

/** Whether a format asks for `.Size`; throws for one that does not work. */
function usesSize(format: string): boolean {
  const template = wrapped('failed to parse template', () => new Template(format));
  let used = false;
  const row = containerRow(
    {
      Id: '',
      Names: [],
      Image: '',
      ImageID: '',
      Command: '',
      Created: 0,
      Ports: [],
      Labels: {},
      State: 'created',
      Status: '',
      HostConfig: {},
      NetworkSettings: null,
      Mounts: [],
    },
    false,
    () => (used = true),
  );
  wrapped('failed to execute template', () => template.render(row));
  return used;
}

function wrapped<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`${what}: ${(error as Error).message}`);
  }
}
