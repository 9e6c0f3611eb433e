/** All commands of `docker` and where they stand. A command's file is named after it. */
import { command, group, renamed, unavailable, type CommandNode } from './command.ts';
import { attach } from './commands/container/attach.ts';
import { create } from './commands/container/create.ts';
import { exec } from './commands/container/exec.ts';
import { inspect as inspectContainer } from './commands/container/inspect.ts';
import { kill } from './commands/container/kill.ts';
import { logs } from './commands/container/logs.ts';
import { pause } from './commands/container/pause.ts';
import { ps } from './commands/container/ps.ts';
import { restart } from './commands/container/restart.ts';
import { rm } from './commands/container/rm.ts';
import { run } from './commands/container/run.ts';
import { start } from './commands/container/start.ts';
import { stop } from './commands/container/stop.ts';
import { unpause } from './commands/container/unpause.ts';
import { wait } from './commands/container/wait.ts';
import { images } from './commands/image/images.ts';
import { inspect as inspectImage } from './commands/image/inspect.ts';
import { pull } from './commands/image/pull.ts';
import { rmi } from './commands/image/rmi.ts';
import { info } from './commands/system/info.ts';
import { inspect } from './commands/system/inspect.ts';
import { version } from './commands/system/version.ts';

const common = { section: 'common' } as const;
const management = { section: 'management' } as const;
const swarm = (role: string) => ({ section: 'swarm', swarm: role }) as const;

const build = unavailable('build', 'Build an image from a Dockerfile');
const commit = unavailable('commit', "Create a new image from a container's changes");
const cp = unavailable('cp', 'Copy files/folders between a container and the local filesystem');
const diff = unavailable('diff', "Inspect changes to files or directories on a container's filesystem");
const events = unavailable('events', 'Get real time events from the server');
const exportContainer = unavailable('export', "Export a container's filesystem as a tar archive");
const history = unavailable('history', 'Show the history of an image');
const importImage = unavailable('import', 'Import the contents from a tarball to create a filesystem image');
const load = unavailable('load', 'Load an image from a tar archive or STDIN');
const port = unavailable('port', 'List port mappings or a specific mapping for the container');
const push = unavailable('push', 'Upload an image to a registry');
const rename = unavailable('rename', 'Rename a container');
const save = unavailable('save', 'Save one or more images to a tar archive (streamed to STDOUT by default)');
const stats = unavailable('stats', 'Display a live stream of container(s) resource usage statistics');
const tag = unavailable('tag', 'Create a tag TARGET_IMAGE that refers to SOURCE_IMAGE');
const top = unavailable('top', 'Display the running processes of a container');
const update = unavailable('update', 'Update configuration of one or more containers');

const container = group('container', 'Manage containers', [
  ...[attach, create, exec, inspectContainer, kill, logs, pause, restart, rm, run, start, stop, unpause, wait].map(
    (spec) => command(spec as typeof wait),
  ),
  command(renamed(ps, 'ls [OPTIONS]', ['ps', 'list'])),
  commit,
  cp,
  diff,
  exportContainer,
  port,
  unavailable('prune', 'Remove all stopped containers'),
  rename,
  stats,
  top,
  update,
]);

const image = group('image', 'Manage images', [
  command(inspectImage),
  command(renamed(images, 'ls [OPTIONS] [REPOSITORY[:TAG]]', ['list'])),
  command(pull),
  command(renamed(rmi, 'rm [OPTIONS] IMAGE [IMAGE...]', ['rmi', 'remove'])),
  build,
  history,
  importImage,
  load,
  unavailable('prune', 'Remove unused images'),
  push,
  save,
  tag,
]);

const system = group('system', 'Manage Docker', [
  command(info),
  unavailable('df', 'Show docker disk usage'),
  events,
  unavailable('prune', 'Remove unused data'),
]);

/** `docker` itself; its flags are added where they are read. */
export const commandTree: CommandNode = {
  ...group('docker', 'A self-sufficient runtime for containers', [
    command(run, common),
    command(exec, common),
    command(ps, common),
    { ...build, ...common },
    command(pull, common),
    { ...push, ...common },
    command(images, common),
    unavailable('login', 'Authenticate to a registry', common),
    unavailable('logout', 'Log out from a registry', common),
    unavailable('search', 'Search Docker Hub for images', common),
    command(version, common),
    command(info, common),

    unavailable('builder', 'Manage builds', management),
    unavailable('checkpoint', 'Manage checkpoints', { ...management, requiresExperimental: true }),
    container,
    unavailable('context', 'Manage contexts', management),
    image,
    unavailable('manifest', 'Manage Docker image manifests and manifest lists', management),
    unavailable('network', 'Manage networks', management),
    unavailable('plugin', 'Manage plugins', management),
    system,
    unavailable('trust', 'Manage trust on Docker images', management),
    unavailable('volume', 'Manage volumes', management),

    unavailable('config', 'Manage Swarm configs', swarm('manager')),
    unavailable('node', 'Manage Swarm nodes', swarm('manager')),
    unavailable('secret', 'Manage Swarm secrets', swarm('manager')),
    unavailable('service', 'Manage Swarm services', swarm('manager')),
    unavailable('stack', 'Manage Swarm stacks', swarm('manager')),
    unavailable('swarm', 'Manage Swarm', swarm('')),

    ...[attach, create, kill, logs, pause, restart, rm, start, stop, unpause, wait].map((spec) =>
      command(spec as typeof wait),
    ),
    command(rmi),
    command(inspect),
    commit,
    cp,
    diff,
    events,
    exportContainer,
    history,
    importImage,
    load,
    port,
    rename,
    save,
    stats,
    tag,
    top,
    update,
  ]),
  section: 'plain',
};
