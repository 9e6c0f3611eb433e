import { exactArgs, type CommandSpec } from '../../command.ts';
import { allContainers } from '../../completion/names.ts';
import { bool, text } from '../../flag/flag.ts';
import { copyOutput } from '../../stream/hijacked-streams.ts';
import { toTimestamp } from '../../timestamp.ts';

const flags = {
  details: bool('Show extra details provided to logs'),
  follow: bool('Follow log output', { shorthand: 'f' }),
  since: text('Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)'),
  tail: text('Number of lines to show from the end of the logs', { shorthand: 'n', initial: 'all' }),
  timestamps: bool('Show timestamps', { shorthand: 't' }),
  until: text('Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)', {
    requires: { apiVersion: '1.35' },
  }),
};

export const logs: CommandSpec<typeof flags> = {
  use: 'logs [OPTIONS] CONTAINER',
  short: 'Fetch the logs of a container',
  aliasLine: 'docker container logs, docker logs',
  args: exactArgs(1),
  complete: allContainers(),
  flags,
  async run(cli, { args: [name = ''], flags: given }) {
    const { Id: id, Config: config } = await cli.client.containers.inspect(name);
    const { details, follow, tail, timestamps } = given;
    const since = toTimestamp(given.since, 'since');
    const until = toTimestamp(given.until, 'until');
    const body = await cli.client.containers.logs(id, { details, follow, tail, timestamps, since, until }, cli.signal);
    await copyOutput(body, { tty: config.Tty, stdout: cli.io.stdout, stderr: cli.io.stderr });
  },
};
