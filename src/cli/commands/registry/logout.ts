import { maxArgs, type CommandSpec } from '../../command.ts';
import { RegistryCredentials } from '../../registry-credentials.ts';
import { serverKey } from './login.ts';

export const logout: CommandSpec<{}> = {
  use: 'logout [SERVER]',
  short: 'Log out from a registry',
  long: `Log out from a registry.
If no server is specified, the default is defined by the daemon.`,
  args: maxArgs(1),
  flags: {},
  async run(cli, { args: [server] }) {
    const key = serverKey(server);
    await cli.print(`Removing login credentials for ${key}\n`);
    await new RegistryCredentials(cli).erase(key);
  },
};
