import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { serveUnix, type UnixListener } from '../../../src/headless/serve-unix.ts';
import { TestGuest } from './guest.ts';

/** A guest whose Engine API is on a unix socket, as `npm run headless` serves it. */
export class ServedGuest {
  readonly guest: TestGuest;
  readonly socketPath: string;
  readonly #folder: string;
  readonly #listener: UnixListener;

  private constructor(guest: TestGuest, folder: string, socketPath: string, listener: UnixListener) {
    this.guest = guest;
    this.socketPath = socketPath;
    this.#folder = folder;
    this.#listener = listener;
  }

  static async start(images: readonly string[]): Promise<ServedGuest> {
    const guest = await TestGuest.start({ images });
    const folder = await mkdtemp(join(tmpdir(), 'drydock-engine-'));
    const socketPath = join(folder, 'docker.sock');
    return new ServedGuest(guest, folder, socketPath, await serveUnix(guest.drydock, socketPath));
  }

  async stop(): Promise<void> {
    await this.#listener.close();
    await this.guest.stop();
    await rm(this.#folder, { recursive: true });
  }
}

/** Whether a program is installed and runs. */
export function has(program: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(program, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
