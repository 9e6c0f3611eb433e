/** `docker plugin`: flags and help. */
import { exactArgs, group, minArgs, noArgs, rangeArgs } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { bool, filter, int, text } from '../../flag/flag.ts';
import { inspectFormatUsage, listFormatUsage } from '../../format-usage.ts';
import { absent } from './absent.ts';

const reason = 'there are no managed plugins';

export const plugin = group('plugin', 'Manage plugins', [
  absent(reason, {
    use: 'create [OPTIONS] PLUGIN PLUGIN-DATA-DIR',
    short:
      'Create a plugin from a rootfs and configuration. Plugin data directory must contain config.json and rootfs directory.',
    args: minArgs(2),
    complete: nothing,
    flags: {
      compress: bool('Compress the context using gzip'),
    },
  }),
  absent(reason, {
    use: 'disable [OPTIONS] PLUGIN',
    short: 'Disable a plugin',
    args: exactArgs(1),
    flags: {
      force: bool('Force the disable of an active plugin', { shorthand: 'f' }),
    },
  }),
  absent(reason, {
    use: 'enable [OPTIONS] PLUGIN',
    short: 'Enable a plugin',
    args: exactArgs(1),
    flags: {
      timeout: int('HTTP client timeout (in seconds)', { initial: 30 }),
    },
  }),
  absent(reason, {
    use: 'inspect [OPTIONS] PLUGIN [PLUGIN...]',
    short: 'Display detailed information on one or more plugins',
    args: minArgs(1),
    flags: {
      format: text(inspectFormatUsage, { shorthand: 'f' }),
    },
  }),
  absent(reason, {
    use: 'install [OPTIONS] PLUGIN [KEY=VALUE...]',
    short: 'Install a plugin',
    args: minArgs(1),
    flags: {
      alias: text('Local name for plugin'),
      disable: bool('Do not enable the plugin on install'),
      'disable-content-trust': bool('Skip image verification', { initial: true }),
      'grant-all-permissions': bool('Grant all permissions necessary to run the plugin'),
    },
  }),
  absent(reason, {
    use: 'ls [OPTIONS]',
    short: 'List plugins',
    aliases: ['list'],
    aliasLine: 'docker plugin ls, docker plugin list',
    args: noArgs,
    complete: nothing,
    flags: {
      filter: filter('Provide filter values (e.g. "enabled=true")', { shorthand: 'f' }),
      format: text(listFormatUsage),
      'no-trunc': bool("Don't truncate output"),
      quiet: bool('Only display plugin IDs', { shorthand: 'q' }),
    },
  }),
  absent(reason, {
    use: 'push [OPTIONS] PLUGIN[:TAG]',
    short: 'Push a plugin to a registry',
    args: exactArgs(1),
    flags: {
      'disable-content-trust': bool('Skip image signing', { initial: true }),
    },
  }),
  absent(reason, {
    use: 'rm [OPTIONS] PLUGIN [PLUGIN...]',
    short: 'Remove one or more plugins',
    aliases: ['remove'],
    aliasLine: 'docker plugin rm, docker plugin remove',
    args: minArgs(1),
    flags: {
      force: bool('Force the removal of an active plugin', { shorthand: 'f' }),
    },
  }),
  absent(reason, {
    use: 'set PLUGIN KEY=VALUE [KEY=VALUE...]',
    short: 'Change settings for a plugin',
    args: minArgs(2),
  }),
  absent(reason, {
    use: 'upgrade [OPTIONS] PLUGIN [REMOTE]',
    short: 'Upgrade an existing plugin',
    args: rangeArgs(1, 2),
    flags: {
      'disable-content-trust': bool('Skip image verification', { initial: true }),
      'grant-all-permissions': bool('Grant all permissions necessary to run the plugin'),
      'skip-remote-check': bool('Do not check if specified remote plugin matches existing plugin image'),
    },
  }),
]);
