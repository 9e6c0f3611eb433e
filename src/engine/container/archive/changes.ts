// `docker diff`: the container's own layer, held against what lies below it.

import type { FilesystemChange } from '../../../api/changes.ts';
import { DockerError } from '../../../api/error.ts';
import { umount } from '../../../guest/linux.ts';
import { ProgramBuilder } from '../../../guest/program-builder.ts';
import { GuestError } from '../../../guest/results.ts';
import { type FileStat, isDirectory, isWhiteout } from '../../../guest/tree/file-stat.ts';
import { type DirectoryEntry, readDirectory, readEntries } from '../../../guest/tree/read-directory.ts';
import { randomHex } from '../../../lib/hex.ts';
import type { EngineContext } from '../../context.ts';
import { temporaryMount } from '../../runtime/paths.ts';
import { mountLowerLayers, overlayDirectories } from '../../runtime/rootfs.ts';
import type { Container } from '../container.ts';
import { unlessRemoved } from './removed-meanwhile.ts';

const modified = 0;
const added = 1;
const deleted = 2;

/** What differs from the image (mount points that every container has are part of it): directories before their content. */
export async function containerChanges(
  context: EngineContext,
  container: Container,
): Promise<FilesystemChange[] | null> {
  const removed = (): DockerError =>
    new DockerError('system', `RWLayer of container /${container.name} is unexpectedly nil`);
  return unlessRemoved(container, removed, () => compare(context, container));
}

async function compare(context: EngineContext, container: Container): Promise<FilesystemChange[] | null> {
  const { channel } = context.machine;
  const directories = overlayDirectories(container.mountId, container.image.layers);
  const below = temporaryMount(randomHex());
  const p = new ProgramBuilder(`mount the image of container ${container.shortId}`);
  p.mkdirAll(below, 0o700);
  mountLowerLayers(p, directories, below);
  try {
    await channel.run(p.build());
    const changes = await new Comparison(context, directories.upper, below).changes('', false);
    // A slice of nothing is null in Go.
    return changes.length > 0 ? changes : null;
  } finally {
    const undo = new ProgramBuilder(`unmount the image of container ${container.shortId}`);
    undo.try.umount2(below, umount.MNT_DETACH);
    undo.try.rmdir(below);
    await channel.run(undo.build());
  }
}

class Comparison {
  readonly #context: EngineContext;
  readonly #upper: string;
  readonly #below: string;

  constructor(context: EngineContext, upper: string, below: string) {
    this.#context = context;
    this.#upper = upper;
    this.#below = below;
  }

  /** Changes in the directory `path` ('' for the root) of the upper layer, which may hide all that is below. */
  async changes(path: string, isOpaque: boolean): Promise<FilesystemChange[]> {
    const { channel } = this.#context.machine;
    const upper = await readDirectory(channel, this.#upper, path);
    const below = await this.#entriesBelow(path, isOpaque ? undefined : upper.map(({ name }) => name));
    const changes: FilesystemChange[] = [];
    for (const entry of upper) {
      changes.push(...(await this.#compare(`${path}/${entry.name}`, entry, below.get(entry.name))));
      below.delete(entry.name);
    }
    // An opaque directory hides all that was there and is not again.
    for (const name of below.keys()) changes.push({ Path: `${path}/${name}`, Kind: deleted });
    return changes;
  }

  async #compare(path: string, now: DirectoryEntry, before: DirectoryEntry | undefined): Promise<FilesystemChange[]> {
    if (isWhiteout(now.stat)) return before ? [{ Path: path, Kind: deleted }] : [];
    const inside = isDirectory(now.stat)
      ? await this.changes(path, now.isOpaque === true)
      : before && isDirectory(before.stat)
        ? [...(await this.#entriesBelow(path)).keys()].map((name): FilesystemChange => ({
            Path: `${path}/${name}`,
            Kind: deleted,
          }))
        : [];
    if (!before) return [{ Path: path, Kind: added }, ...inside];
    if (inside.length > 0 || isChanged(before, now)) return [{ Path: path, Kind: modified }, ...inside];
    return [];
  }

  /** What the image has in a directory: all of it, or these names. Nothing where the image has no directory. */
  async #entriesBelow(path: string, names?: readonly string[]): Promise<Map<string, DirectoryEntry>> {
    const { channel } = this.#context.machine;
    try {
      const entries = names
        ? await readEntries(channel, this.#below, path, names)
        : await readDirectory(channel, this.#below, path);
      return new Map(entries.map((entry) => [entry.name, entry]));
    } catch (error) {
      if (error instanceof GuestError && ['ENOENT', 'ENOTDIR', 'ELOOP'].includes(error.code)) return new Map();
      throw error;
    }
  }
}

/** As Docker's naive comparison: a directory's own times do not count, nor a copy that is the same again. */
function isChanged(before: DirectoryEntry, now: DirectoryEntry): boolean {
  const [a, b] = [before.stat, now.stat];
  return (
    a.mode !== b.mode ||
    a.uid !== b.uid ||
    a.gid !== b.gid ||
    String(a.device) !== String(b.device) ||
    String(before.capability ?? '') !== String(now.capability ?? '') ||
    (!isDirectory(b) && (a.size !== b.size || !sameTime(a, b)))
  );
}

/** Archives keep whole seconds only. */
const sameTime = (a: FileStat, b: FileStat): boolean =>
  a.mtime === b.mtime &&
  (a.mtimeNanoseconds === b.mtimeNanoseconds || a.mtimeNanoseconds === 0 || b.mtimeNanoseconds === 0);
