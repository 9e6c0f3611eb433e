// A file too large for one program, written while its content arrives.

import { ByteWriter } from '../../lib/bytes.ts';
import type { Channel } from '../channel.ts';
import { open } from '../linux.ts';
import { ProgramBuilder } from '../program-builder.ts';
import { GuestError } from '../results.ts';
import { EntryProgram } from './entry-program.ts';
import type { ArchiveFile } from './make-files.ts';
import { openHow, openRoot, relativePath } from './open-in-root.ts';
import { unpackError } from './unpack-error.ts';

/** Bytes that one program writes. */
const pieceSize = 512 * 1024;
/** Programs under way: one is sent while another runs. */
const atOnce = 2;

export class LargeFile {
  readonly #channel: Channel;
  readonly #root: string;
  readonly #file: ArchiveFile;
  #piece = new ByteWriter(pieceSize);
  #position = 0;
  readonly #writing: Promise<void>[] = [];

  /** The file is there, and empty. */
  constructor(channel: Channel, root: string, file: ArchiveFile) {
    this.#channel = channel;
    this.#root = root;
    this.#file = file;
  }

  /** Takes the next of the content; resolves when there is room for more. */
  async write(content: Uint8Array): Promise<void> {
    for (let at = 0; at < content.length;) {
      const part = content.subarray(at, at + pieceSize - this.#piece.length);
      this.#piece.bytes(part);
      at += part.length;
      if (this.#piece.length === pieceSize) await this.#send();
    }
  }

  /** All content is there. */
  async end(): Promise<void> {
    if (this.#piece.length > 0) await this.#send();
    await Promise.all(this.#writing.splice(0));
    const { entry, target } = this.#file;
    const program = new EntryProgram(`set the time of ${target.path}`, this.#root);
    program.addTime(entry, target);
    await this.#explained(this.#channel.run(program.build()));
  }

  async #send(): Promise<void> {
    const piece = this.#piece.finish();
    this.#piece = new ByteWriter(pieceSize);
    const writing = this.#put(piece, this.#position);
    // Seen when its turn comes.
    writing.catch(() => {});
    this.#position += piece.length;
    this.#writing.push(writing);
    if (this.#writing.length >= atOnce) await this.#writing.shift();
  }

  /** A full disk takes a part first, and says why it takes no more when it is asked again. */
  async #put(piece: Uint8Array, position: number): Promise<void> {
    for (let written = 0; written < piece.length;) {
      const { path } = this.#file.target;
      const p = new ProgramBuilder(`write ${path}`);
      const how = openHow(open.O_WRONLY | open.O_NOFOLLOW | open.O_NONBLOCK, { followLinks: true });
      const file = p.openat2(openRoot(p, this.#root), relativePath(path), how);
      const write = p.pwrite64(file, piece.subarray(written), position + written);
      written += (await this.#explained(this.#channel.run(p.build()))).value(write);
    }
  }

  async #explained<T>(run: Promise<T>): Promise<T> {
    try {
      return await run;
    } catch (error) {
      throw error instanceof GuestError ? unpackError(error, this.#file.entry, this.#file.target) : error;
    }
  }
}
