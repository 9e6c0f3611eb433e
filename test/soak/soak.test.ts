// A thousand random operations by several clients at once, some of whom vanish, in containers some of whose processes are
// killed; afterwards nothing may be left of it. A run is repeated by its seed: SOAK_SEED=… npm run soak

import { afterAll, beforeAll, expect, it } from 'vitest';
import { ApiError } from '../../src/client/errors.ts';
import { createRequest } from '../../src/server/schemas/container.ts';
import { encodeEntry } from '../../src/lib/tar/encode-entry.ts';
import { encodeUtf8 } from '../../src/lib/bytes.ts';
import { MemoryBlobStore } from '../../src/engine/layers/memory-blob-store.ts';
import { TestGuest } from '../engine/support/guest.ts';

const operations = 1000;
const clients = 4;
const seed = Number(process.env.SOAK_SEED ?? 20261121);

const blobs = new MemoryBlobStore();
let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'], blobs });
});

afterAll(() => guest.stop());

/** mulberry32: the same numbers for the same seed, from 0 to below 1. */
function randomNumbers(state: number): () => number {
  let at = state | 0;
  return () => {
    at = (at + 0x6d2b79f5) | 0;
    let t = Math.imul(at ^ (at >>> 15), 1 | at);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** One client's dice. */
class Dice {
  readonly #next: () => number;

  constructor(number: number) {
    this.#next = randomNumbers(number);
  }

  below(end: number): number {
    return Math.floor(this.#next() * end);
  }

  oneOf<T>(items: readonly T[]): T {
    return items[this.below(items.length)]!;
  }

  chance(probability: number): boolean {
    return this.#next() < probability;
  }
}

const commands = [
  ['sleep', '1000'],
  ['true'],
  ['sh', '-c', 'exit 3'],
  ['sh', '-c', 'sleep 1000 & sleep 1000 & wait'],
  ['sh', '-c', 'trap "exit 5" TERM; while :; do echo tick; sleep 0.2; done'],
  ['cat'],
  ['nosuch'],
  ['sh', '-c', 'seq 2000; echo err >&2; mkdir /made; echo x >/made/file; sleep 1000'],
];

const names = ['s0', 's1', 's2', 's3', 's4', 's5'];
const tags = ['soak:a', 'soak:b', 'soak/c:latest'];

/** Reads a little of a stream and goes away without a word. */
async function abandon(stream: ReadableStream<Uint8Array>, leaving: AbortController): Promise<void> {
  const reader = stream.getReader();
  await Promise.race([reader.read().catch(() => {}), guest.host('true')]);
  leaving.abort();
  await reader.cancel().catch(() => {});
}

async function create(dice: Dice): Promise<void> {
  const body = createRequest.parse({
    Image: dice.oneOf(['busybox', 'busybox', 'busybox', ...tags]),
    Cmd: dice.oneOf(commands),
    Tty: dice.chance(0.3),
    OpenStdin: dice.chance(0.5),
    Healthcheck: dice.chance(0.1) ? { Test: ['CMD', 'true'], Interval: 1_000_000_000 } : undefined,
    StopTimeout: 0,
    HostConfig: {
      AutoRemove: dice.chance(0.2),
      Memory: dice.chance(0.3) ? 32 << 20 : 0,
      NetworkMode: dice.oneOf(['bridge', 'bridge', 'none', 'host']),
      Tmpfs: dice.chance(0.3) ? { '/t': '' } : null,
      Binds: dice.chance(0.3) ? ['/tmp:/host'] : null,
      ReadonlyRootfs: dice.chance(0.1),
      LogConfig: { Type: dice.oneOf(['json-file', 'local', 'none']), Config: {} },
    },
  });
  if (!body.HostConfig.AutoRemove && dice.chance(0.2))
    body.HostConfig.RestartPolicy.Name = dice.oneOf(['always', 'on-failure']);
  const { Id } = await guest.api.containers.create(body, { name: dice.oneOf(names) });
  if (dice.chance(0.9)) await guest.api.containers.start(Id);
}

async function exec(dice: Dice, name: string): Promise<void> {
  const Tty = dice.chance(0.3);
  const { Id } = await guest.api.containers.createExec(name, {
    Cmd: dice.oneOf([
      ['true'],
      ['echo', 'hello'],
      ['nosuch'],
      ['sh', '-c', 'seq 5000; exit 7'],
      ['sleep', '1000'],
      ['cat'],
    ]),
    AttachStdin: dice.chance(0.5),
    AttachStdout: true,
    AttachStderr: true,
    Tty,
  });
  if (dice.chance(0.1)) return;
  if (dice.chance(0.2)) return guest.api.execs.start(Id, { Tty });
  const leaving = new AbortController();
  const { readable } = await guest.api.execs.attach(Id, { Tty }, leaving.signal);
  await abandon(readable, leaving);
  if (dice.chance(0.5)) await guest.api.execs.inspect(Id);
}

async function archive(dice: Dice, name: string): Promise<void> {
  const leaving = new AbortController();
  if (dice.chance(0.5)) {
    const { content } = await guest.api.containers.archive(
      name,
      dice.oneOf(['/bin', '/etc/passwd', '/made']),
      leaving.signal,
    );
    return abandon(content, leaving);
  }
  const data = encodeUtf8('x'.repeat(dice.below(100_000)));
  const header = encodeEntry({
    name: 'put',
    linkName: '',
    type: '0',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: data.length,
    mtime: 0,
    deviceMajor: 0,
    deviceMinor: 0,
  });
  const padding = new Uint8Array((512 - (data.length % 512)) % 512);
  await guest.api.containers.extract(
    name,
    '/',
    new Blob([header, data, padding, new Uint8Array(1024)] as BlobPart[]).stream(),
    { copyUidGid: false },
  );
}

/** What one client does to one container. */
const actions: Readonly<Record<string, (dice: Dice, name: string) => Promise<unknown>>> = {
  create,
  exec,
  archive,
  start: (_dice, name) => guest.api.containers.start(name),
  stop: (dice, name) => guest.api.containers.stop(name, { t: dice.below(2) }),
  kill: (dice, name) => guest.api.containers.kill(name, dice.oneOf(['KILL', 'TERM', 'HUP', 'WINCH'])),
  restart: (_dice, name) => guest.api.containers.restart(name, { t: 0 }),
  pause: (_dice, name) => guest.api.containers.pause(name),
  unpause: (_dice, name) => guest.api.containers.unpause(name),
  rename: (dice, name) => guest.api.containers.rename(name, dice.oneOf(names)),
  remove: (dice, name) => guest.api.containers.remove(name, { force: dice.chance(0.7) }),
  inspect: (_dice, name) => guest.api.containers.inspect(name),
  list: () => guest.api.containers.list({ all: true }),
  top: (_dice, name) => guest.api.containers.top(name),
  changes: (_dice, name) => guest.api.containers.changes(name),
  update: (dice, name) => guest.api.containers.update(name, { CpuShares: 2 + dice.below(1000) }),
  resize: (dice, name) => guest.api.containers.resize(name, { h: dice.below(50), w: dice.below(200) }),
  async logs(dice, name) {
    const leaving = new AbortController();
    await abandon(await guest.api.containers.logs(name, { follow: dice.chance(0.5) }, leaving.signal), leaving);
  },
  async attach(dice, name) {
    const leaving = new AbortController();
    const options = { stdin: dice.chance(0.5), stdout: true, stderr: true, logs: dice.chance(0.3) };
    await abandon((await guest.api.containers.attach(name, options, leaving.signal)).readable, leaving);
  },
  async wait(dice, name) {
    const leaving = new AbortController();
    const { result } = await guest.api.containers.wait(
      name,
      dice.oneOf(['not-running', 'next-exit', 'removed']),
      leaving.signal,
    );
    await Promise.race([result.catch(() => {}), guest.host('true')]);
    leaving.abort();
  },
  async stats(_dice, name) {
    const leaving = new AbortController();
    const samples = await guest.api.containers.stats(name, { stream: true }, leaving.signal);
    leaving.abort();
    await samples.return();
  },
  async export(_dice, name) {
    const leaving = new AbortController();
    await abandon(await guest.api.containers.export(name, leaving.signal), leaving);
  },
  async commit(dice, name) {
    const [repo, tag] = dice.oneOf(tags).split(':');
    await guest.api.containers.commit(name, {
      repo,
      tag,
      author: '',
      comment: '',
      changes: [],
      pause: dice.chance(0.5),
    });
  },
  tag: (dice) => guest.api.images.tag('busybox', ...(dice.oneOf(tags).split(':') as [string, string])),
  rmi: (dice) => guest.api.images.remove(dice.oneOf(tags), { force: dice.chance(0.5) }),
  async killProcess(dice) {
    // Whoever it hits: a container's init, a process of its, an exec.
    await guest.host(
      `pid=$(cat /sys/fs/cgroup/docker/*/cgroup.procs 2>/dev/null | tail -n +${1 + dice.below(6)} | head -1); kill -9 $pid`,
    );
  },
};

const often = ['create', 'create', 'create', 'start', 'remove', 'remove', 'exec', 'exec'];
const choices = [...Object.keys(actions), ...often];

/** Refusals are answers; anything else an operation ends in is a fault. */
async function operate(dice: Dice, faults: string[]): Promise<void> {
  const action = dice.oneOf(choices);
  const name = dice.oneOf(names);
  try {
    await actions[action]!(dice, name);
  } catch (error) {
    if (error instanceof ApiError && [304, 400, 404, 409].includes(error.status)) return;
    const { message } = error as Error;
    if (expectedFailures.some((text) => message.includes(text))) return;
    // Read while another client removed it.
    if (['changes', 'top'].includes(action) && (error as Error).message.endsWith('No such file or directory')) return;
    faults.push(`${action} ${name}: ${(error as Error).message}`);
  }
}

const expectedFailures = [
  // Where moby answers 500, too.
  'is not paused',
  'does not support reading',
  'cannot resize a stopped',
  'cannot stop container',
  // In the words of Docker's client.
  'unable to upgrade to tcp, received 404',
  'unable to upgrade to tcp, received 409',
  // An init that was killed before it could run its command.
  'no child processes',
];

/** All that could be left on the guest. */
const remains = (): Promise<string> =>
  guest.host(`
    for i in $(seq 200); do ls /sys/class/net | grep -q veth || break; sleep 0.1; done
    cat /proc/mounts
    ls /run/docker/netns
    ls /sys/class/net
    find /sys/fs/cgroup -type d
    find /var/lib/docker/overlay2 /var/lib/docker/containers -mindepth 1
    ls /proc/1/fd | wc -l
    ps -o stat,comm | grep -v -e ' ps$' -e ' sh$' -e ' grep$' -e '^[SRDI][<+LNls]* *\\(kworker\\|ksoftirqd\\)' | sort
  `);

async function keys(): Promise<string[]> {
  return (await blobs.list()).sort();
}

it(`leaves nothing behind (seed ${seed})`, async () => {
  // The first container fills what grows once.
  await guest.docker('run', '--rm', 'busybox', 'true');
  const before = {
    remains: await remains(),
    blobs: await keys(),
    listeners: guest.drydock.engine.events.listenerCount,
  };
  const faults: string[] = [];
  await Promise.all(
    Array.from({ length: clients }, async (_, client) => {
      const dice = new Dice(seed + client);
      for (let done = 0; done < operations / clients; done++) await operate(dice, faults);
    }),
  );
  expect(faults, `seed ${seed}`).toEqual([]);
  for (const { Id } of await guest.api.containers.list({ all: true })) {
    await guest.api.containers.remove(Id, { force: true }).catch((error: unknown) => {
      // One of --rm may be going already.
      if (!(error instanceof ApiError && [404, 409].includes(error.status))) throw error;
    });
  }
  for (const { Id, RepoTags } of await guest.api.images.list()) {
    for (const tag of (RepoTags ?? []).filter((each) => tags.includes(each))) {
      await guest.api.images.remove(tag, { force: true });
    }
    // One that lost its name to another, and may have gone with a child just removed.
    if (!RepoTags?.length) await guest.api.images.remove(Id, { force: true }).catch(() => {});
  }
  await expect.poll(() => guest.api.containers.list({ all: true })).toEqual([]);
  expect(await remains()).toBe(before.remains);
  expect(await keys()).toEqual(before.blobs);
  expect(guest.drydock.engine.events.listenerCount).toBe(before.listeners);
  expect((await guest.api.system.info()).Images).toBe(1);
  // And all still works.
  expect(await guest.docker('run', '--rm', 'busybox', 'echo', 'well')).toBe('well');
}, 300_000);
