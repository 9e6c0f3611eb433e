// Writing files of a container as `docker cp` does: a tar unpacked into one of its directories.

import { DockerError } from '../../../api/error.ts';
import type { ContainerExtractOptions } from '../../../api/backend/container.ts';
import { errnoText } from '../../../guest/errno.ts';
import { at, open } from '../../../guest/linux.ts';
import { ProgramBuilder } from '../../../guest/program-builder.ts';
import { GuestError } from '../../../guest/results.ts';
import { decodeStatx, isDirectory, statxBasic, statxSize } from '../../../guest/tree/file-stat.ts';
import type { Owner } from '../../../guest/tree/entry-program.ts';
import { openHow, openRoot, relativePath } from '../../../guest/tree/open-in-root.ts';
import { resolvePath } from '../../../guest/tree/resolve-path.ts';
import { goText, UnpackError } from '../../../guest/tree/unpack-error.ts';
import { unpackTree } from '../../../guest/tree/unpack-tree.ts';
import { TarError } from '../../../lib/tar/header.ts';
import type { EngineContext } from '../../context.ts';
import { inflateStream } from '../../layers/inflate.ts';
import type { Container } from '../container.ts';
import { containerEvent } from '../container-events.ts';
import { readInRoot, textOf } from '../start.ts';
import { resolveUser } from '../user.ts';
import { mountContainerFiles } from './container-root.ts';
import { notFound } from './get-archive.ts';

/**
 * Unpacks `content`, a tar that may be compressed, into the directory `path` of a container. Rejects, with moby's words,
 * when that is no directory or read-only, and for the first entry that cannot be made; what came before it stays.
 */
export async function extractToContainer(
  context: EngineContext,
  container: Container,
  reference: string,
  path: string,
  content: AsyncIterable<Uint8Array>,
  { copyUidGid, noOverwriteDirNonDir }: ContainerExtractOptions,
): Promise<void> {
  const { channel } = context.machine;
  const root = await mountContainerFiles(context, container);
  try {
    const destination = (await resolvePath(channel, root.path, path, { followLast: true })) || '/';
    await checkDirectory(context, root.path, destination, path);
    checkWritable(container, destination);
    const owner = copyUidGid ? await userOf(context, root.path, container) : 'archive';
    await unpackTree(channel, root.path, destination, inflateStream(content), { owner, noOverwriteDirNonDir });
  } catch (error) {
    throw explained(error, path, reference);
  } finally {
    await root.release();
  }
  containerEvent(context, container, 'extract-to-dir');
}

async function checkDirectory(
  context: EngineContext,
  root: string,
  destination: string,
  asWritten: string,
): Promise<void> {
  const p = new ProgramBuilder(`look at ${destination}`);
  const directory = p.openat2(openRoot(p, root), relativePath(destination), openHow(open.O_PATH));
  const found = p.statx(directory, '', at.AT_EMPTY_PATH, statxBasic, statxSize);
  if (isDirectory(decodeStatx((await context.machine.channel.run(p.build())).output(found)))) return;
  const end = /\/\.?$/.exec(asWritten)?.[0];
  if (end !== undefined) throw new DockerError('system', `lstat ${destination}${end}: not a directory`);
  throw new DockerError('invalid-parameter', 'extraction point is not a directory');
}

function checkWritable({ mounts, hostConfig }: Container, destination: string): void {
  const around = mounts.find(({ target }) => destination === target || destination.startsWith(`${target}/`));
  if (around?.readOnly) throw new DockerError('invalid-parameter', 'mounted volume is marked read-only');
  if (!around && hostConfig.ReadonlyRootfs) {
    throw new DockerError('invalid-parameter', 'container rootfs is marked read-only');
  }
}

/** Who `--user` says, or else whom the archive says. */
async function userOf(context: EngineContext, root: string, { config }: Container): Promise<Owner | 'archive'> {
  if (!config.User) return 'archive';
  const p = new ProgramBuilder('read users and groups');
  const directory = openRoot(p, root);
  const passwd = readInRoot(p, directory, 'etc/passwd');
  const group = readInRoot(p, directory, 'etc/group');
  const result = await context.machine.channel.run(p.build());
  try {
    return resolveUser(config.User, { passwd: textOf(result, passwd), group: textOf(result, group) });
  } catch (error) {
    const [, kind, name, reason] = /^unable to find (user|group) (.*): (.*)$/.exec((error as Error).message) ?? [];
    if (kind === undefined) throw error;
    const message = `failed to look up ${kind} ${JSON.stringify(name)} in container: ${reason}`;
    throw new DockerError('invalid-parameter', message, { cause: error });
  }
}

/** moby's words, and its kinds: what is wrong with an archive is no fault of the request's to it. */
function explained(error: unknown, path: string, reference: string): unknown {
  if (error instanceof DockerError) return error;
  if (error instanceof TarError) {
    return new DockerError('system', tarMessage(error.message), { cause: error });
  }
  if (error instanceof UnpackError || error instanceof GuestError) {
    if (error.code === 'ENOENT') return notFound(path, reference);
    const message = error instanceof GuestError ? goText(errnoText(error.errno)) : error.message;
    return new DockerError('system', message, { cause: error });
  }
  return error;
}

function tarMessage(message: string): string {
  if (message.startsWith('unexpected EOF')) return 'unexpected EOF';
  return /^invalid (tar|pax) header/.test(message) ? 'archive/tar: invalid tar header' : message;
}
