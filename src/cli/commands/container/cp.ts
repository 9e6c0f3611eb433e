import type { ContainerPathStat } from '../../../api/path-stat.ts';
import { exactArgs, type CommandSpec } from '../../command.ts';
import {
  linkedPath,
  rebaseName,
  resolveLocalPath,
  splitCopyArgument,
  splitDirectoryEntry,
} from '../../copy/copy-paths.ts';
import { destinationInfo, packedSource, sourceInfo } from '../../copy/local-files.ts';
import { standardInput } from '../../stream/archive-input.ts';
import { prepareCopy, rebased, type CopyInfo } from '../../copy/prepare-copy.ts';
import type { DockerCli } from '../../docker-cli.ts';
import { humanSize } from '../../format/units.ts';
import { bool, type FlagValues } from '../../flag/flag.ts';
import { validateOutputPath } from '../../output-path.ts';
import { copyOutput } from '../../stream/hijacked-streams.ts';

const flags = {
  'follow-link': bool('Always follow symbol link in SRC_PATH', { shorthand: 'L' }),
  archive: bool('Archive mode (copy all uid/gid information)', { shorthand: 'a' }),
  quiet: bool(
    'Suppress progress output during copy. Progress output is automatically suppressed if no terminal is attached',
    { shorthand: 'q' },
  ),
};

export const cp: CommandSpec<typeof flags> = {
  use: 'cp [OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  short: 'Copy files/folders between a container and the local filesystem',
  long: `Copy files/folders between a container and the local filesystem

Use '-' as the source to read a tar archive from stdin
and extract it to a directory destination in a container.
Use '-' as the destination to stream a tar archive of a
container source to stdout.`,
  aliasLine: 'docker container cp, docker cp',
  args: exactArgs(2),
  flags,
  async run(cli, { args: [from = '', to = ''], flags: given, changed }) {
    if (from === '') throw new Error('source can not be empty');
    if (to === '') throw new Error('destination can not be empty');
    const [source, destination] = [splitCopyArgument(from), splitCopyArgument(to)];
    if (source.container !== '' && destination.container !== '') {
      throw new Error('copying between containers is not supported');
    }
    const quiet = changed.has('quiet') ? given.quiet : !cli.io.stdout.isTty;
    if (source.container !== '') await copyFromContainer(cli, source, destination.path, { ...given, quiet });
    else if (destination.container !== '') await copyToContainer(cli, source.path, destination, { ...given, quiet });
    else throw new Error('must specify at least one container source');
  },
};

type Options = FlagValues<typeof flags>;

/** Bits of Go's os.FileMode. */
const isDirectory = ({ mode }: ContainerPathStat): boolean => mode >= 2 ** 31;
const isLink = ({ mode }: ContainerPathStat): boolean => (mode & (2 ** 27)) !== 0;
const isDevice = ({ mode }: ContainerPathStat): boolean => (mode & (2 ** 26)) !== 0;

async function copyFromContainer(
  cli: DockerCli,
  source: { readonly container: string; readonly path: string },
  destination: string,
  { 'follow-link': followLink, quiet }: Options,
): Promise<void> {
  const { io, client } = cli;
  const target = destination === '-' ? '-' : resolveLocalPath(io.cwd, destination);
  await validateOutputPath(io, target);
  const { path, rebaseName: name } = await (followLink ? followed(cli, source) : { ...source, rebaseName: '' });
  const { stat, content } = await client.containers.archive(source.container, path, cli.signal);
  if (target === '-') return copyOutput(content, { tty: true, stdout: io.stdout });

  const found: CopyInfo = { path, exists: true, isDirectory: isDirectory(stat), rebaseName: name };
  const unpack = async (archive: Stream): Promise<void> => {
    try {
      const { directory, rebase } = prepareCopy(found, await destinationInfo(io.files, target));
      const { base } = splitDirectoryEntry(path);
      await io.files.unpack(directory, archive, (entry) => {
        const renamed = name === '' ? entry : rebased(entry, { from: base, to: name });
        return rebase ? rebased(renamed, rebase) : renamed;
      });
    } finally {
      await archive.cancel().catch(() => {});
    }
  };
  if (quiet) return unpack(content);
  await reported(cli, target, (counted) => unpack(counted(content)));
}

/** Where a path leads in a container, and the name its files go by. */
async function followed(
  cli: DockerCli,
  { container, path }: { readonly container: string; readonly path: string },
): Promise<{ path: string; rebaseName: string }> {
  // Whatever is wrong with it shows when it is read.
  const stat = await cli.client.containers.statPath(container, path).catch(() => undefined);
  if (stat === undefined || !isLink(stat)) return { path, rebaseName: '' };
  return rebaseName(path, linkedPath(path, stat.linkTarget));
}

async function copyToContainer(
  cli: DockerCli,
  source: string,
  { container, path }: { readonly container: string; readonly path: string },
  { 'follow-link': followLink, archive: copyUidGid, quiet }: Options,
): Promise<void> {
  const { io, client } = cli;
  const destination = await destinationInContainer(cli, container, path);
  const extract = (directory: string) => (content: Stream) =>
    client.containers.extract(container, directory, content, { copyUidGid }, cli.signal);
  const target = `${container}:${destination.path}`;
  if (source === '-') {
    if (!destination.isDirectory) throw new Error(`destination "${container}:${path}" must be a directory`);
    const input = standardInput(io);
    try {
      if (quiet) return await extract(destination.path)(input.stream);
      // Docker counts what it packs itself only.
      return await reported(cli, target, () => extract(destination.path)(input.stream));
    } finally {
      input.release();
    }
  }
  const found = await sourceInfo(io.files, resolveLocalPath(io.cwd, source), followLink);
  const { directory, rebase } = prepareCopy(found, destination);
  const packed = packedSource(found);
  const content = io.files.pack(packed.path, rebase?.to ?? packed.archiveName);
  if (quiet) return extract(directory)(content);
  await reported(cli, target, (counted) => extract(directory)(counted(content)));
}

/** What a copy finds at its destination. Why nothing can be found there shows when it is unpacked. */
async function destinationInContainer(cli: DockerCli, container: string, path: string): Promise<CopyInfo> {
  const look = (place: string): Promise<ContainerPathStat | undefined> =>
    cli.client.containers.statPath(container, place).catch(() => undefined);
  let stat = await look(path);
  let place = path;
  if (stat && isLink(stat)) {
    place = linkedPath(path, stat.linkTarget);
    stat = await look(place);
  }
  if (stat && isDevice(stat)) {
    throw new Error(`destination "${container}:${path}" must be a directory or a regular file: got a device`);
  }
  return {
    path: place,
    exists: stat !== undefined,
    isDirectory: stat !== undefined && isDirectory(stat),
    rebaseName: '',
  };
}

type Stream = ReadableStream<Uint8Array>;

/**
 * Copies, and says in the end how much it was, also when it failed. Docker's progress until then is never seen: it takes
 * its own stderr for no terminal.
 */
async function reported(
  cli: DockerCli,
  target: string,
  copy: (counted: (content: Stream) => Stream) => Promise<void>,
): Promise<void> {
  let copied = 0;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, controller) {
      copied += chunk.length;
      controller.enqueue(chunk);
    },
  });
  try {
    await copy((content) => content.pipeThrough(count));
  } finally {
    await cli.printError(`Successfully copied ${humanSize(copied, 3)} to ${target}\n`);
  }
}
