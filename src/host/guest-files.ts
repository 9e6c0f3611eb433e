import type { CliFiles, LinkStat } from '../cli/io.ts';
import type { Channel } from '../guest/channel.ts';
import { at, open } from '../guest/linux.ts';
import { ProgramBuilder } from '../guest/program-builder.ts';
import { GuestError } from '../guest/results.ts';
import { decodeStatx, isDirectory, isRegular, isSymlink, statxBasic, statxSize } from '../guest/tree/file-stat.ts';
import { packFile } from '../guest/tree/pack-tree.ts';
import { readEntries } from '../guest/tree/read-directory.ts';
import { unpackTree } from '../guest/tree/unpack-tree.ts';
import { cleanPath, splitPath } from '../lib/clean-path.ts';
import { generateStream } from '../lib/generate-stream.ts';
import { randomHex } from '../lib/hex.ts';
import { decodeName } from '../lib/name-bytes.ts';
import { readChunks } from '../lib/read-chunks.ts';

/** The most the CLI reads of a file in one piece (env files, label files, IDs: all small). */
const largestFile = 512 * 1024;
const longestTarget = 4096;

/** The guest's files, for the CLI that a stub in the guest stands for. */
export class GuestFiles implements CliFiles {
  readonly #channel: Channel;
  readonly #cwd: string;

  constructor(channel: Channel, cwd: string) {
    this.#channel = channel;
    this.#cwd = cwd;
  }

  async read(path: string): Promise<Uint8Array> {
    const p = new ProgramBuilder(`read ${path}`);
    const file = p.readFile(this.#resolve(path), largestFile);
    return (await this.#channel.run(p.build())).output(file);
  }

  async write(path: string, content: Uint8Array): Promise<void> {
    const p = new ProgramBuilder(`write ${path}`);
    p.writeFile(this.#resolve(path), content, open.O_WRONLY | open.O_CREAT | open.O_TRUNC, 0o644);
    await this.#channel.run(p.build());
  }

  async makeDirectory(path: string): Promise<void> {
    const p = new ProgramBuilder(`make ${path}`);
    p.mkdirAll(this.#resolve(path), 0o700);
    await this.#channel.run(p.build());
  }

  async exists(path: string): Promise<boolean> {
    const p = new ProgramBuilder(`look for ${path}`);
    p.access(this.#resolve(path), 0);
    try {
      await this.#channel.run(p.build());
      return true;
    } catch (error) {
      if (error instanceof GuestError) return false;
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    const p = new ProgramBuilder(`remove ${path}`);
    p.unlink(this.#resolve(path));
    await this.#channel.run(p.build());
  }

  async writeStream(path: string, content: ReadableStream<Uint8Array>): Promise<void> {
    const target = this.#resolve(path);
    const temporary = `${target.slice(0, target.lastIndexOf('/'))}/.docker_temp_${randomHex().slice(0, 9)}`;
    const run = async (name: string, add: (p: ProgramBuilder) => void): Promise<void> => {
      const p = new ProgramBuilder(name);
      add(p);
      await this.#channel.run(p.build());
    };
    const append = (data: Uint8Array, flags: number) =>
      run(`write ${path}`, (p) => p.writeFile(temporary, data, open.O_WRONLY | flags, 0o600));
    try {
      await append(new Uint8Array(), open.O_CREAT | open.O_EXCL);
      const reader = content.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        for (let start = 0; start < value.length; start += largestFile) {
          await append(value.subarray(start, start + largestFile), open.O_APPEND);
        }
      }
      await run(`rename to ${path}`, (p) => p.rename(temporary, target));
    } catch (error) {
      await content.cancel(error).catch(() => {});
      await run(`remove ${temporary}`, (p) => p.try.unlink(temporary));
      throw error;
    }
  }

  async readStream(path: string): Promise<ReadableStream<Uint8Array>> {
    const p = new ProgramBuilder(`open ${path}`);
    p.pread64(p.open(this.#resolve(path), open.O_RDONLY), 0, 0);
    await this.#channel.run(p.build());
    return generateStream(this.#pieces(path));
  }

  async *#pieces(path: string): AsyncGenerator<Uint8Array> {
    for (let position = 0; ;) {
      const p = new ProgramBuilder(`read ${path}`);
      const read = p.pread64(p.open(this.#resolve(path), open.O_RDONLY | open.O_LARGEFILE), largestFile, position);
      const piece = (await this.#channel.run(p.build())).output(read);
      if (piece.length === 0) return;
      yield piece;
      position += piece.length;
    }
  }

  async typeOf(path: string): Promise<'file' | 'directory' | 'device' | undefined> {
    const p = new ProgramBuilder(`look at ${path}`);
    const found = p.try.statx(at.AT_FDCWD, this.#resolve(path), 0, statxBasic, statxSize);
    const { result, output } = (await this.#channel.run(p.build())).of(found);
    if (result < 0) return undefined;
    const stat = decodeStatx(output);
    return isDirectory(stat) ? 'directory' : isRegular(stat) ? 'file' : 'device';
  }

  async linkStat(path: string): Promise<LinkStat> {
    const p = new ProgramBuilder(`look at ${path}`);
    const found = p.statx(at.AT_FDCWD, this.#resolve(path), at.AT_SYMLINK_NOFOLLOW, statxBasic, statxSize);
    const target = p.try.readlink(this.#resolve(path), longestTarget);
    const result = await this.#channel.run(p.build());
    const stat = decodeStatx(result.output(found));
    if (isSymlink(stat)) return { type: 'symlink', target: decodeName(result.output(target)) };
    return { type: isDirectory(stat) ? 'directory' : isRegular(stat) ? 'file' : 'other' };
  }

  pack(path: string, archiveName: string): ReadableStream<Uint8Array> {
    return generateStream(this.#pack(path, archiveName));
  }

  async *#pack(path: string, archiveName: string): AsyncGenerator<Uint8Array> {
    const { directory, name } = splitPath(path);
    const [entry] = await readEntries(this.#channel, '/', directory, [name || '.']);
    if (!entry) throw Object.assign(new Error(`lstat ${path}: no such file or directory`), { code: 'ENOENT' });
    yield* packFile(this.#channel, '/', path, entry, archiveName);
  }

  async unpack(
    directory: string,
    archive: ReadableStream<Uint8Array>,
    rename: (name: string) => string,
  ): Promise<void> {
    const options = { owner: 'maker', noOverwriteDirNonDir: true, rename } as const;
    await unpackTree(this.#channel, '/', cleanPath(directory), readChunks(archive), options);
  }

  #resolve(path: string): string {
    return path.startsWith('/') ? path : `${this.#cwd}/${path}`;
  }
}
