/** All commands of `docker` and where they stand. A command's file is named after it. */
import { command, group, renamed, type CommandNode } from './command.ts';
import { bake, build, builder } from './commands/absent/build.ts';
import { checkpoint } from './commands/absent/checkpoint.ts';
import { config } from './commands/absent/config.ts';
import { contextCommands } from './commands/absent/context.ts';
import { networkCommands } from './commands/absent/network.ts';
import { node } from './commands/absent/node.ts';
import { plugin } from './commands/absent/plugin.ts';
import { secret } from './commands/absent/secret.ts';
import { service } from './commands/absent/service.ts';
import { stack } from './commands/absent/stack.ts';
import { swarm } from './commands/absent/swarm.ts';
import { trust } from './commands/absent/trust.ts';
import { updateVolume } from './commands/absent/volume.ts';
import { completion } from './commands/completion/completion.ts';
import { attach } from './commands/container/attach.ts';
import { commit } from './commands/container/commit.ts';
import { cp } from './commands/container/cp.ts';
import { create } from './commands/container/create.ts';
import { diff } from './commands/container/diff.ts';
import { exec } from './commands/container/exec.ts';
import { exportContainer } from './commands/container/export.ts';
import { inspect as inspectContainer } from './commands/container/inspect.ts';
import { kill } from './commands/container/kill.ts';
import { logs } from './commands/container/logs.ts';
import { pause } from './commands/container/pause.ts';
import { port } from './commands/container/port.ts';
import { prune as pruneContainers } from './commands/container/prune.ts';
import { ps } from './commands/container/ps.ts';
import { rename } from './commands/container/rename.ts';
import { restart } from './commands/container/restart.ts';
import { rm } from './commands/container/rm.ts';
import { run } from './commands/container/run.ts';
import { start } from './commands/container/start.ts';
import { stats } from './commands/container/stats.ts';
import { stop } from './commands/container/stop.ts';
import { top } from './commands/container/top.ts';
import { unpause } from './commands/container/unpause.ts';
import { update } from './commands/container/update.ts';
import { wait } from './commands/container/wait.ts';
import { inspect as inspectContext } from './commands/context/inspect.ts';
import { ls as listContexts } from './commands/context/ls.ts';
import { show } from './commands/context/show.ts';
import { use } from './commands/context/use.ts';
import { history } from './commands/image/history.ts';
import { images } from './commands/image/images.ts';
import { importImage } from './commands/image/import.ts';
import { inspect as inspectImage } from './commands/image/inspect.ts';
import { load } from './commands/image/load.ts';
import { prune as pruneImages } from './commands/image/prune.ts';
import { pull } from './commands/image/pull.ts';
import { push } from './commands/image/push.ts';
import { rmi } from './commands/image/rmi.ts';
import { save } from './commands/image/save.ts';
import { tag } from './commands/image/tag.ts';
import { inspect as inspectNetwork } from './commands/network/inspect.ts';
import { ls as listNetworks } from './commands/network/ls.ts';
import { df } from './commands/system/df.ts';
import { dialStdio } from './commands/system/dial-stdio.ts';
import { manifest } from './commands/manifest/manifest.ts';
import { login } from './commands/registry/login.ts';
import { logout } from './commands/registry/logout.ts';
import { search } from './commands/registry/search.ts';
import { events } from './commands/system/events.ts';
import { info } from './commands/system/info.ts';
import { inspect } from './commands/system/inspect.ts';
import { prune as pruneSystem } from './commands/system/prune.ts';
import { version } from './commands/system/version.ts';
import { create as createVolume } from './commands/volume/create.ts';
import { inspect as inspectVolume } from './commands/volume/inspect.ts';
import { ls as listVolumes } from './commands/volume/ls.ts';
import { prune as pruneVolumes } from './commands/volume/prune.ts';
import { rm as removeVolumes } from './commands/volume/rm.ts';

const common = { section: 'common' } as const;

const container = group('container', 'Manage containers', [
  ...[
    attach,
    create,
    diff,
    exec,
    inspectContainer,
    kill,
    logs,
    pause,
    restart,
    rm,
    run,
    start,
    stop,
    unpause,
    wait,
  ].map((spec) => command(spec as typeof wait)),
  command(renamed(ps, 'ls [OPTIONS]', ['ps', 'list'])),
  command(commit),
  command(cp),
  command(exportContainer),
  command(port),
  command(pruneContainers),
  command(rename),
  command(stats),
  command(top),
  command(update),
]);

const image = group('image', 'Manage images', [
  command(inspectImage),
  command(renamed(images, 'ls [OPTIONS] [REPOSITORY[:TAG]]', ['list'])),
  command(pull),
  command(renamed(rmi, 'rm [OPTIONS] IMAGE [IMAGE...]', ['rmi', 'remove'])),
  build,
  command(history),
  command(importImage),
  command(load),
  command(pruneImages),
  command(push),
  command(save),
  command(tag),
]);

const system = group('system', 'Manage Docker', [
  command(dialStdio, { hidden: true }),
  command(info),
  command(df),
  command(events),
  command(pruneSystem),
]);

const network = group('network', 'Manage networks', [
  command(inspectNetwork),
  command(listNetworks),
  ...networkCommands,
]);

const volume = group('volume', 'Manage volumes', [
  command(createVolume),
  command(inspectVolume),
  command(listVolumes),
  command(pruneVolumes),
  command(removeVolumes),
  updateVolume,
]);

const context = group('context', 'Manage contexts', [
  command(inspectContext),
  command(listContexts),
  command(show),
  ...contextCommands,
  command(use),
]);

/** `docker` itself; its flags are added where they are read. */
export const commandTree: CommandNode = {
  ...group('docker', 'A self-sufficient runtime for containers', [
    command(run, common),
    command(exec, common),
    command(ps, common),
    { ...build, ...common },
    command(pull, common),
    command(push, common),
    command(images, common),
    command(login, common),
    command(logout, common),
    command(search, common),
    command(version, common),
    command(info, common),

    { ...bake, hidden: 'from help' },
    builder,
    checkpoint,
    completion,
    container,
    context,
    image,
    manifest,
    network,
    plugin,
    system,
    trust,
    volume,

    config,
    node,
    secret,
    service,
    stack,
    swarm,

    ...[attach, create, diff, kill, logs, pause, restart, rm, start, stop, unpause, wait].map((spec) =>
      command(spec as typeof wait),
    ),
    command(rmi),
    command(inspect),
    command(commit),
    command(cp),
    command(events),
    command(exportContainer),
    command(history),
    command(importImage),
    command(load),
    command(port),
    command(rename),
    command(save),
    command(stats),
    command(tag),
    command(top),
    command(update),
  ]),
  section: 'plain',
};
