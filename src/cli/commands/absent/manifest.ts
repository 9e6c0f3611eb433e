/** `docker manifest`: flags and help. */
import { exactArgs, group, minArgs, rangeArgs } from '../../command.ts';
import { bool, strings, text } from '../../flag/flag.ts';
import { absent } from './absent.ts';

const reason = 'manifest lists cannot be made yet';

const long = `The **docker manifest** command has subcommands for managing image manifests and
manifest lists. A manifest list allows you to use one name to refer to the same image
built for multiple architectures.

To see help for a subcommand, use:

    docker manifest CMD --help

For full details on using docker manifest lists, see the registry v2 specification.`;

export const manifest = group(
  'manifest',
  'Manage Docker image manifests and manifest lists',
  [
    absent(reason, {
      use: 'annotate [OPTIONS] MANIFEST_LIST MANIFEST',
      short: 'Add additional information to a local image manifest',
      args: exactArgs(2),
      flags: {
        arch: text('Set architecture'),
        os: text('Set operating system'),
        'os-features': strings('Set operating system feature'),
        'os-version': text('Set operating system version'),
        variant: text('Set architecture variant'),
      },
    }),
    absent(reason, {
      use: 'create MANIFEST_LIST MANIFEST [MANIFEST...]',
      short: 'Create a local manifest list for annotating and pushing to a registry',
      args: minArgs(2),
      flags: {
        amend: bool('Amend an existing manifest list', { shorthand: 'a' }),
        insecure: bool('Allow communication with an insecure registry'),
      },
    }),
    absent(reason, {
      use: 'inspect [OPTIONS] [MANIFEST_LIST] MANIFEST',
      short: 'Display an image manifest, or manifest list',
      args: rangeArgs(1, 2),
      flags: {
        insecure: bool('Allow communication with an insecure registry'),
        verbose: bool('Output additional info including layers and platform', { shorthand: 'v' }),
      },
    }),
    absent(reason, {
      use: 'push [OPTIONS] MANIFEST_LIST',
      short: 'Push a manifest list to a repository',
      args: exactArgs(1),
      flags: {
        insecure: bool('Allow push to an insecure registry'),
        purge: bool('Remove the local manifest list after push', { shorthand: 'p' }),
      },
    }),
    absent(reason, {
      use: 'rm MANIFEST_LIST [MANIFEST_LIST...]',
      short: 'Delete one or more manifest lists from local storage',
      args: minArgs(1),
    }),
  ],
  { isExperimental: true, long },
);
