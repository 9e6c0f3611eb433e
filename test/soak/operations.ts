// What the clients of the soak test do, and which answers are none of the engine's faults.

import { RawClient } from '../support/raw-client.ts';
import { encodeEntry } from '../../src/lib/tar/encode-entry.ts';
import { encodeUtf8 } from '../../src/lib/bytes.ts';
import { ApiError } from '../../src/client/errors.ts';
import { createRequest } from '../../src/server/schemas/container.ts';
import type { TestGuest } from '../engine/support/guest.ts';
import type { Dice } from './dice.ts';

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

export const names = ['s0', 's1', 's2', 's3', 's4', 's5'];
export const volume = 'soaked';
export const tags = ['soak:a', 'soak:b', 'soak/c:latest'];

/** Reads a little of a stream and goes away without a word. */
async function abandon(guest: TestGuest, stream: ReadableStream<Uint8Array>, leaving: AbortController): Promise<void> {
  const reader = stream.getReader();
  await Promise.race([reader.read().catch(() => {}), guest.host('true')]);
  leaving.abort();
  await reader.cancel().catch(() => {});
}

async function create(guest: TestGuest, dice: Dice): Promise<void> {
  const body = createRequest.parse({
    Image: dice.oneOf(['busybox', 'busybox', 'busybox', ...tags]),
    Cmd: dice.oneOf(commands),
    Tty: dice.chance(0.3),
    OpenStdin: dice.chance(0.5),
    Volumes: dice.chance(0.2) ? { '/volume': {} } : null,
    Healthcheck: dice.chance(0.1) ? { Test: ['CMD', 'true'], Interval: 1_000_000_000 } : undefined,
    StopTimeout: 0,
    HostConfig: {
      AutoRemove: dice.chance(0.2),
      Memory: dice.chance(0.3) ? 32 << 20 : 0,
      NetworkMode: dice.oneOf(['bridge', 'bridge', 'none', 'host']),
      Tmpfs: dice.chance(0.3) ? { '/t': '' } : null,
      Binds: dice.chance(0.3) ? [dice.oneOf(['/tmp:/host', `${volume}:/host`])] : null,
      ReadonlyRootfs: dice.chance(0.1),
      LogConfig: { Type: dice.oneOf(['json-file', 'local', 'none']), Config: {} },
    },
  });
  if (!body.HostConfig.AutoRemove && dice.chance(0.2))
    body.HostConfig.RestartPolicy.Name = dice.oneOf(['always', 'on-failure']);
  const { Id } = await guest.api.containers.create(body, { name: dice.oneOf(names) });
  if (dice.chance(0.9)) await guest.api.containers.start(Id);
}

async function exec(guest: TestGuest, dice: Dice, name: string): Promise<void> {
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
  await abandon(guest, readable, leaving);
  if (dice.chance(0.5)) await guest.api.execs.inspect(Id);
}

async function archive(guest: TestGuest, dice: Dice, name: string): Promise<void> {
  const leaving = new AbortController();
  if (dice.chance(0.5)) {
    const { content } = await guest.api.containers.archive(
      name,
      dice.oneOf(['/bin', '/etc/passwd', '/made']),
      leaving.signal,
    );
    return abandon(guest, content, leaving);
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

/** Goes away in the middle of a request, or of its answer. */
async function vanish(guest: TestGuest, dice: Dice, name: string): Promise<void> {
  const client = new RawClient(await guest.drydock.dial());
  const head = (line: string, ...fields: readonly string[]): string =>
    [`${line} HTTP/1.1`, 'Host: docker', ...fields, '', ''].join('\r\n');
  const half = new Uint8Array(dice.below(200_000));
  const requests: readonly (readonly (string | Uint8Array)[])[] = [
    [
      head('POST /containers/create', 'Content-Type: application/json', 'Content-Length: 1000'),
      '{"Image": "busybox", "',
    ],
    [head(`PUT /containers/${name}/archive?path=/`, 'Content-Length: 1000000'), half],
    [head('POST /images/load', 'Transfer-Encoding: chunked'), '400\r\n', half.subarray(0, 1000)],
    [head('POST /images/create?fromSrc=-&repo=soak/never', 'Content-Length: 1000000'), half],
    [head(`GET /containers/${name}/json`), head(`GET /containers/${name}/export`), head('GET /events')],
    ['GET /containers/js'],
  ];
  await Promise.race([client.send(...dice.oneOf(requests)).catch(() => {}), guest.host('true')]);
  if (dice.chance(0.5)) await guest.host('true');
  await client.vanish();
}

/** What one client does to one container. */
const actionsOn = (guest: TestGuest): Readonly<Record<string, (dice: Dice, name: string) => Promise<unknown>>> => ({
  create: (dice) => create(guest, dice),
  exec: (dice, name) => exec(guest, dice, name),
  archive: (dice, name) => archive(guest, dice, name),
  vanish: (dice, name) => vanish(guest, dice, name),
  start: (_dice, name) => guest.api.containers.start(name),
  stop: (dice, name) => guest.api.containers.stop(name, { t: dice.below(2) }),
  kill: (dice, name) => guest.api.containers.kill(name, dice.oneOf(['KILL', 'TERM', 'HUP', 'WINCH'])),
  restart: (_dice, name) => guest.api.containers.restart(name, { t: 0 }),
  pause: (_dice, name) => guest.api.containers.pause(name),
  unpause: (_dice, name) => guest.api.containers.unpause(name),
  rename: (dice, name) => guest.api.containers.rename(name, dice.oneOf(names)),
  remove: (dice, name) => guest.api.containers.remove(name, { force: dice.chance(0.7), v: dice.chance(0.5) }),
  inspect: (_dice, name) => guest.api.containers.inspect(name),
  list: () => guest.api.containers.list({ all: true }),
  top: (_dice, name) => guest.api.containers.top(name),
  changes: (_dice, name) => guest.api.containers.changes(name),
  update: (dice, name) => guest.api.containers.update(name, { CpuShares: 2 + dice.below(1000) }),
  resize: (dice, name) => guest.api.containers.resize(name, { h: dice.below(50), w: dice.below(200) }),
  async logs(dice, name) {
    const leaving = new AbortController();
    await abandon(guest, await guest.api.containers.logs(name, { follow: dice.chance(0.5) }, leaving.signal), leaving);
  },
  async attach(dice, name) {
    const leaving = new AbortController();
    const options = { stdin: dice.chance(0.5), stdout: true, stderr: true, logs: dice.chance(0.3) };
    await abandon(guest, (await guest.api.containers.attach(name, options, leaving.signal)).readable, leaving);
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
    await abandon(guest, await guest.api.containers.export(name, leaving.signal), leaving);
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
  async save() {
    const leaving = new AbortController();
    await abandon(guest, await guest.api.images.save(['busybox'], {}, leaving.signal), leaving);
  },
  async events() {
    const leaving = new AbortController();
    const events = await guest.api.system.events({}, leaving.signal);
    leaving.abort();
    await events.return();
  },
});

const expectedFailures = [
  // Where moby answers 500, too.
  'is not paused',
  'does not support reading',
  'cannot stop container',
  // Its removal was quicker.
  'is unexpectedly nil',
  // In the words of Docker's client.
  'unable to upgrade to tcp, received 404',
  'unable to upgrade to tcp, received 409',
  // An init that was killed before it could run its command.
  'no child processes',
];

/** Refusals are answers; anything else an operation ends in is a fault. */
const isRefusal = (error: unknown): boolean =>
  (error instanceof ApiError && [304, 400, 404, 409].includes(error.status)) ||
  expectedFailures.some((text) => (error as Error).message.includes(text));

const often = ['create', 'create', 'create', 'start', 'remove', 'remove', 'exec', 'exec'];

/** One client: does `count` things that its dice choose; resolves with what went wrong. */
export async function operate(guest: TestGuest, dice: Dice, count: number): Promise<string[]> {
  const actions = actionsOn(guest);
  const choices = [...Object.keys(actions), ...often];
  const faults: string[] = [];
  for (let done = 0; done < count; done++) {
    const action = dice.oneOf(choices);
    const name = dice.oneOf(names);
    try {
      await actions[action]!(dice, name);
    } catch (error) {
      if (!isRefusal(error)) faults.push(`${action} ${name}: ${(error as Error).message}`);
    }
  }
  return faults;
}
