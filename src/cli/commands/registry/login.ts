import { parseReference } from '../../../lib/reference.ts';
import { maxArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { bool, text } from '../../flag/flag.ts';
import { RegistryCredentials, dockerHub } from '../../registry-credentials.ts';
import { readAll, readLine } from '../../stream/read-input.ts';

const flags = {
  password: text('Password or Personal Access Token (PAT)', { shorthand: 'p' }),
  'password-stdin': bool('Take the Password or Personal Access Token (PAT) from stdin'),
  username: text('Username', { shorthand: 'u' }),
};

export const login: CommandSpec<typeof flags> = {
  use: 'login [OPTIONS] [SERVER]',
  short: 'Authenticate to a registry',
  long: `Authenticate to a registry.
Defaults to Docker Hub if no server is specified.`,
  args: maxArgs(1),
  complete: nothing,
  flags,
  async run(cli, { args: [server], flags: { username, password, 'password-stdin': fromStdin } }) {
    if (password !== '' && fromStdin) {
      throw new Error('conflicting options: cannot specify both --password and --password-stdin');
    }
    if (fromStdin && username === '') throw new Error('the --password-stdin option requires --username to be set');
    if (password !== '') {
      await cli.printError('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    }
    const key = serverKey(server);
    const store = new RegistryCredentials(cli);
    const known = await store.get(key);
    if (known && username === '' && password === '') {
      await cli.printError(`Authenticating with existing credentials... [Username: ${known.username}]\n`);
      await cli.printError(
        "\n Info -> To login with a different account, run 'docker logout' followed by 'docker login'\n\n\n",
      );
      const { status } = await cli.client.system.login(known);
      return cli.print(`${status}\n`);
    }
    const user = username !== '' ? username : await ask(cli, 'Username: ');
    if (user === '') throw new Error('Error: Non-null Username Required');
    const secret = fromStdin
      ? (await readAll(cli)).replace(/\r?\n$/, '')
      : password || (await ask(cli, 'Password: ', true));
    if (secret === '') throw new Error('Error: Password Required');
    const { status } = await cli.client.system.login({ username: user, password: secret, serveraddress: key });
    await store.set(key, user, secret);
    if (!known) {
      await cli.printError(`
WARNING! Your credentials are stored unencrypted in '${store.path}'.
Configure a credential helper to remove this warning. See
https://docs.docker.com/go/credential-store/

`);
    }
    await cli.print(`${status}\n`);
  },
};

/** The key credentials are kept under for what a person calls a registry: a host, or its URL. */
export function serverKey(server = 'docker.io'): string {
  const host = server.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  if (['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host)) return dockerHub;
  // Whatever could not begin an image's name is no registry.
  return parseReference(`${host}/image`).domain === host ? host : server;
}

async function ask(cli: DockerCli, prompt: string, isSecret = false): Promise<string> {
  if (!cli.io.stdin.isTty) throw new Error('Error: Cannot perform an interactive login from a non TTY device');
  await cli.print(prompt);
  return readLine(cli, { echo: !isSecret });
}
