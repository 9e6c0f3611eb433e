import type { RegistryAuth } from '../../../api/registry-auth.ts';
import { ApiError } from '../../../client/errors.ts';
import { parseReference } from '../../../lib/reference.ts';
import { maxArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { messageOf } from '../../exit-error.ts';
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
  async run(cli, { args: [server], flags: { username, password, 'password-stdin': fromStdin }, changed }) {
    checkFlags(changed, username, password);
    if (password !== '') {
      await cli.printError('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    }
    const secret = fromStdin ? (await readAll(cli)).replace(/\r?\n$/, '') : password;
    const key = serverKey(server);
    const store = new RegistryCredentials(cli);
    const known = await store.get(key);
    if (known && username === '' && secret === '') {
      const status = await loginAsBefore(cli, known);
      if (status !== undefined) return cli.print(`${status}\n`);
    }
    if ((username === '' || secret === '') && !cli.io.stdin.isTty) {
      throw new Error('Error: Cannot perform an interactive login from a non TTY device');
    }
    const given = await askForMissing(cli, { key, username, password: secret, before: known?.username ?? '' });
    const { status } = await cli.client.system.login({ ...given, serveraddress: key });
    await store.set(key, given.username, given.password);
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

function checkFlags(changed: ReadonlySet<string>, username: string, password: string): void {
  if (changed.has('password-stdin')) {
    if (changed.has('password')) {
      throw new Error('conflicting options: cannot specify both --password and --password-stdin');
    }
    if (!changed.has('username')) throw new Error('the --password-stdin option requires --username to be set');
  }
  if (changed.has('username') && username === '') throw new Error('username is empty');
  if (changed.has('password') && password === '') throw new Error('password is empty');
}

/** With the credentials that are kept; undefined when they will not do any more. */
async function loginAsBefore(cli: DockerCli, known: RegistryAuth): Promise<string | undefined> {
  await cli.printError(`Authenticating with existing credentials... [Username: ${known.username}]\n`);
  await cli.printError(
    "\n Info -> To login with a different account, run 'docker logout' followed by 'docker login'\n\n\n",
  );
  try {
    return (await cli.client.system.login(known)).status;
  } catch (error) {
    const isRefused = error instanceof ApiError && error.status === 401;
    await cli.printError(
      isRefused ? 'Stored credentials invalid or expired\n' : `Login did not succeed, error: ${messageOf(error)}\n`,
    );
    return undefined;
  }
}

interface Asked {
  readonly key: string;
  readonly username: string;
  readonly password: string;
  /** Whoever was logged in. */
  readonly before: string;
}

async function askForMissing(
  cli: DockerCli,
  { key, username, password, before }: Asked,
): Promise<{ username: string; password: string }> {
  const isHub = key === dockerHub;
  if (isHub && username === '' && password === '') {
    // Docker opens a page of Docker Hub's here, and says this where it cannot.
    await cli.printError('Failed to start web-based login - falling back to command line login...\n\n');
  }
  let user = username.trim();
  if (user === '') {
    if (isHub) await cli.print(hubHints);
    user = (await ask(cli, before === '' ? 'Username: ' : `Username (${before}): `)) || before;
  }
  if (user === '') throw new Error('Error: Non-null Username Required');
  const secret = password.trim() || (await ask(cli, 'Password: ', true));
  if (secret === '') throw new Error('Error: Password Required');
  return { username: user, password: secret };
}

const hubHints = `Log in with your Docker ID or email address to push and pull images from Docker Hub. If you don't have a Docker ID, head over to https://hub.docker.com/ to create one.
You can log in with your password or a Personal Access Token (PAT). Using a limited-scope PAT grants better security and is required for organizations using SSO. Learn more at https://docs.docker.com/go/access-tokens/

`;

/** The key credentials are kept under for what a person calls a registry: a host, or its URL. */
export function serverKey(server = 'docker.io'): string {
  const host = server.replace(/^https?:\/\//, '').replace(/\/.*$/, '');
  if (['docker.io', 'index.docker.io', 'registry-1.docker.io'].includes(host)) return dockerHub;
  // Whatever could not begin an image's name is no registry.
  return parseReference(`${host}/image`).domain === host ? host : server;
}

async function ask(cli: DockerCli, prompt: string, isSecret = false): Promise<string> {
  await cli.print(prompt);
  return readLine(cli, { echo: !isSecret });
}
