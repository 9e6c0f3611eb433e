/** Building images: flags and help. */
import { exactArgs, group, minArgs, noArgs } from '../../command.ts';
import { platformNames } from '../../completion/lists.ts';
import { directories, nothing } from '../../completion/completer.ts';
import { bytes } from '../../flag/bytes.ts';
import { bool, filter, int, list, strings, text } from '../../flag/flag.ts';
import { absent } from './absent.ts';

const reason = 'images cannot be built yet';

export const build = absent(reason, {
  use: 'build [OPTIONS] PATH | URL | -',
  short: 'Build an image from a Dockerfile',
  aliasLine: 'docker image build, docker build, docker builder build',
  args: exactArgs(1),
  complete: directories,
  flags: {
    'add-host': list('Add a custom host-to-IP mapping ("host:ip")'),
    'build-arg': list('Set build-time variables'),
    'cache-from': strings('Images to consider as cache sources'),
    'cgroup-parent': text('Set the parent cgroup for the "RUN" instructions during build'),
    compress: bool('Compress the build context using gzip'),
    'cpu-period': int('Limit the CPU CFS (Completely Fair Scheduler) period'),
    'cpu-quota': int('Limit the CPU CFS (Completely Fair Scheduler) quota'),
    'cpu-shares': int('CPU shares (relative weight)', { shorthand: 'c' }),
    'cpuset-cpus': text('CPUs in which to allow execution (0-3, 0,1)'),
    'cpuset-mems': text('MEMs in which to allow execution (0-3, 0,1)'),
    'disable-content-trust': bool('Skip image verification', { initial: true }),
    file: text('Name of the Dockerfile (Default is "PATH/Dockerfile")', { shorthand: 'f' }),
    'force-rm': bool('Always remove intermediate containers'),
    iidfile: text('Write the image ID to the file'),
    isolation: text('Container isolation technology'),
    label: list('Set metadata for an image'),
    memory: bytes('Memory limit', { shorthand: 'm' }),
    'memory-swap': bytes('Swap limit equal to memory plus swap: -1 to enable unlimited swap'),
    network: text('Set the networking mode for the RUN instructions during build', { initial: 'default' }),
    'no-cache': bool('Do not use cache when building the image'),
    platform: text('Set platform if server is multi-platform capable', { complete: platformNames }),
    pull: bool('Always attempt to pull a newer version of the image'),
    quiet: bool('Suppress the build output and print image ID on success', { shorthand: 'q' }),
    rm: bool('Remove intermediate containers after a successful build', { initial: true }),
    'security-opt': strings('Security options'),
    'shm-size': bytes('Size of "/dev/shm"'),
    squash: bool('Squash newly built layers into a single new layer'),
    tag: list('Name and optionally a tag in the "name:tag" format', { shorthand: 't' }),
    target: text('Set the target build stage to build.'),
    ulimit: list('Ulimit options', { kind: 'ulimit', shownDefault: '[]' }),
  },
});

export const builder = group('builder', 'Manage builds', [
  build,
  absent(reason, {
    use: 'prune',
    short: 'Remove build cache',
    args: noArgs,
    complete: nothing,
    flags: {
      all: bool('Remove all unused build cache, not just dangling ones', { shorthand: 'a' }),
      filter: filter('Provide filter values (e.g. "until=24h")'),
      force: bool('Do not prompt for confirmation', { shorthand: 'f' }),
      'keep-storage': bytes('Amount of disk space to keep for cache'),
    },
  }),
]);

export const bake = absent('there is no buildx', {
  use: 'bake [OPTIONS] [TARGET...]',
  short: 'Build from a file',
  args: minArgs(0),
  interspersed: false,
});
