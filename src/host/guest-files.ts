import type { CliFiles } from '../cli/io.ts';
import type { Channel } from '../guest/channel.ts';
import { open } from '../guest/linux.ts';
import { ProgramBuilder } from '../guest/program-builder.ts';
import { GuestError } from '../guest/results.ts';

/** The most the CLI reads of a file in one piece (env files, label files, IDs: all small). */
const largestFile = 512 * 1024;

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

  #resolve(path: string): string {
    return path.startsWith('/') ? path : `${this.#cwd}/${path}`;
  }
}
