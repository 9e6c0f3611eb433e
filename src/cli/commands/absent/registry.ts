/** Commands that need a registry to talk to: flags and help. */
import { exactArgs, maxArgs } from '../../command.ts';
import { platformNames } from '../../completion/lists.ts';
import { imageNames } from '../../completion/names.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, filter, int, text } from '../../flag/flag.ts';
import { absent } from './absent.ts';

export const login = absent(
  'there is no registry to log in to yet',
  {
    use: 'login [OPTIONS] [SERVER]',
    short: 'Authenticate to a registry',
    long: `Authenticate to a registry.
Defaults to Docker Hub if no server is specified.`,
    args: maxArgs(1),
    complete: nothing,
    flags: {
      password: text('Password or Personal Access Token (PAT)', { shorthand: 'p' }),
      'password-stdin': bool('Take the Password or Personal Access Token (PAT) from stdin'),
      username: text('Username', { shorthand: 'u' }),
    },
  },
  { section: 'common' },
);

export const logout = absent(
  'there is no registry to log out from yet',
  {
    use: 'logout [SERVER]',
    short: 'Log out from a registry',
    long: `Log out from a registry.
If no server is specified, the default is defined by the daemon.`,
    args: maxArgs(1),
  },
  { section: 'common' },
);

export const push = absent('images cannot be pushed yet', {
  use: 'push [OPTIONS] NAME[:TAG]',
  short: 'Upload an image to a registry',
  aliasLine: 'docker image push, docker push',
  args: exactArgs(1),
  complete: imageNames(1),
  flags: {
    'all-tags': bool('Push all tags of an image to the repository', { shorthand: 'a' }),
    'disable-content-trust': bool('Skip image signing', { initial: true }),
    platform: text(
      `Push a platform-specific manifest as a single-platform image to the registry.
Image index won't be pushed, meaning that other manifests, including attestations won't be preserved.
'os[/arch[/variant]]': Explicit platform (eg. linux/amd64)`,
      { complete: platformNames },
    ),
    quiet: bool('Suppress verbose output', { shorthand: 'q' }),
  },
});

export const search = absent(
  'no registry can be searched yet',
  {
    use: 'search [OPTIONS] TERM',
    short: 'Search Docker Hub for images',
    args: exactArgs(1),
    flags: {
      filter: filter('Filter output based on conditions provided', { shorthand: 'f' }),
      format: text('Pretty-print search using a Go template'),
      limit: int('Max number of search results'),
      'no-trunc': bool("Don't truncate output"),
    },
  },
  { section: 'common' },
);
