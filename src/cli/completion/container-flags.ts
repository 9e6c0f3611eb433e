/** Completers of flags of `docker run` and `docker create` that are made of parts. */
import type { Info } from '../../api/system.ts';
import type { DockerCli } from '../docker-cli.ts';
import { directive, oneOf, type Completer } from './completer.ts';
import { containerNames } from './names.ts';

const { noSpace, noFiles } = directive;

/** `container:NAME`, or one of `others`. */
const containerOr =
  (others: readonly string[]): Completer =>
  async (cli, place) => {
    const { word } = place;
    if (word !== '' && 'container'.startsWith(word)) return { choices: ['container:'], directive: noSpace };
    if (word.startsWith('container:')) {
      const names = await containerNames(cli, place);
      return { choices: names.map((name) => `container:${name}`), directive: noFiles };
    }
    return { choices: ['container:', ...others], directive: noFiles };
  };

export const ipcModes = containerOr(['host', 'none', 'private', 'shareable']);
export const pidModes = containerOr(['host']);

export const links: Completer = async (cli, place) => ({
  choices: (await containerNames(cli, place)).map((name) => `${name}:`),
  directive: noSpace,
});

const pluginsOf =
  (kind: keyof Info['Plugins'], withoutEngine: readonly string[]): Completer =>
  async (cli: DockerCli) => {
    const plugins = await cli.client.system.info().then(
      ({ Plugins }) => Plugins[kind] ?? [],
      () => withoutEngine,
    );
    return { choices: plugins, directive: noFiles };
  };

const common = ['max-buffer-size', 'mode'];
const rotated = ['compress', 'max-file', 'max-size'];
const selected = ['env', 'env-regex', 'labels'];

/** Of the drivers this engine has. */
const logOptions: Readonly<Record<string, readonly string[]>> = {
  'json-file': [...common, ...selected, ...rotated],
  local: [...common, ...rotated],
  none: [],
};

export const logDrivers = pluginsOf('Log', Object.keys(logOptions));
export const volumeDrivers = pluginsOf('Volume', ['local']);

/** Those of the driver named before, or else all. */
export const logOptionNames: Completer = (_cli, { flags }) => {
  const ofDriver = logOptions[flags['log-driver'] as string];
  const all = [...new Set(Object.values(logOptions).flat())];
  return {
    choices: (ofDriver ?? all).map((name) => `${name}=`),
    directive: ofDriver === undefined ? noSpace : noSpace | noFiles,
  };
};

export const securityOptions: Completer = (_cli, { word }) => {
  const starts = (whole: string, least: number): boolean => word.length >= least && whole.startsWith(word);
  if (starts('apparmor=', 1)) return { choices: ['apparmor='], directive: noSpace };
  if (starts('label', 1)) return { choices: ['label='], directive: noSpace };
  if (word.startsWith('label=d')) return { choices: ['label=disable'], directive: noFiles };
  if (word.startsWith('label=')) {
    const parts = ['disable', 'level:', 'role:', 'type:', 'user:'];
    return { choices: parts.map((part) => `label=${part}`), directive: noSpace | noFiles };
  }
  // An `s` may still become systempaths.
  if (starts('seccomp', 2)) return { choices: ['seccomp='], directive: noSpace };
  if (word.startsWith('seccomp=')) return { choices: ['seccomp=unconfined'], directive: noFiles };
  const choices = ['apparmor=', 'label=', 'no-new-privileges', 'seccomp=', 'systempaths=unconfined'];
  return { choices, directive: noFiles };
};

export const detachKeys: Completer = oneOf(['ctrl-'], noSpace);
export const storageOptions: Completer = oneOf(['size='], noSpace);

const limits =
  'as chroot core cpu data fsize locks maxlogins maxsyslogins memlock msgqueue nice nofile nproc priority rss rtprio ' +
  'sigpending stack';

export const ulimits: Completer = oneOf(
  limits.split(' ').map((name) => `${name}=`),
  noSpace,
);
