import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
});

afterAll(() => guest.stop());

const run = (name: string, script: string, ...flags: string[]): Promise<string> =>
  guest.docker('run', '--name', name, ...flags, 'busybox', 'sh', '-c', script);

const inspect = (name: string, format: string): Promise<string> => guest.docker('inspect', '-f', format, name);

/** Numbered lines, long enough that they are worth counting. */
const numbers = (count: number): string => `for i in $(seq ${count}); do echo "line number $i"; done`;

const lastLines = (count: number, kept: number): string =>
  Array.from({ length: kept }, (_, index) => `line number ${count - kept + index + 1}`).join('\n');

describe('json-file', () => {
  it('is a file of JSON lines where inspect says', async () => {
    await guest.docker('create', '--name', 'json', 'busybox', 'sh', '-c', 'echo out; echo "<err>" >&2; printf end');
    expect(await inspect('json', '{{.LogPath}}')).toBe('');
    await guest.docker('start', '-a', 'json');
    const path = await inspect('json', '{{.LogPath}}');
    expect(path).toMatch(/^\/var\/lib\/docker\/containers\/[0-9a-f]{64}\/[0-9a-f]{64}-json\.log$/);
    const lines = (await guest.host(`cat ${path}`)).split('\n').map((line) => JSON.parse(line) as { log: string });
    expect(lines.map(({ log }) => log).sort()).toEqual(['<err>\n', 'end', 'out\n']);
    expect(await guest.host(`grep -c '"log":"\\\\u003cerr\\\\u003e.n","stream":"stderr","time":"2' ${path}`)).toBe('1');
    expect(await guest.host(`stat -c %a ${path}`)).toBe('640');
    // A log that somebody empties is empty.
    await guest.host(`: > ${path}`);
    expect(await guest.docker('logs', 'json')).toBe('');
    await guest.docker('start', '-a', 'json');
    expect((await guest.tryDocker('logs', 'json')).stdout).toBe('out\nend');
    await guest.docker('rm', 'json');
  });

  it('rotates, and is read across its files', async () => {
    await run('rotated', numbers(200), '--log-opt', 'max-size=4k', '--log-opt', 'max-file=3');
    const path = await inspect('rotated', '{{.LogPath}}');
    expect(await guest.host(`cd $(dirname ${path}) && ls *json.log*`)).toBe(
      ['', '.1', '.2'].map((suffix) => path.slice(path.lastIndexOf('/') + 1) + suffix).join('\n'),
    );
    const kept = Number(await guest.host(`cat ${path}* | wc -l`));
    expect(kept).toBeGreaterThan(80);
    expect(kept).toBeLessThan(160);
    expect(await guest.docker('logs', 'rotated')).toBe(lastLines(200, kept));
    expect(await guest.docker('logs', '--tail', '70', 'rotated')).toBe(lastLines(200, 70));
    expect(await guest.docker('logs', '-n', '1000', 'rotated')).toBe(lastLines(200, kept));
    await guest.docker('rm', 'rotated');
  });

  it('compresses what it has rotated', async () => {
    await run('gz', numbers(200), ...'--log-opt max-size=4k --log-opt max-file=3 --log-opt compress=true'.split(' '));
    const path = await inspect('gz', '{{.LogPath}}');
    expect(await guest.host(`cd $(dirname ${path}) && ls *json.log* | sed 's/.*json/json/'`)).toBe(
      'json.log\njson.log.1.gz\njson.log.2.gz',
    );
    const kept = Number(await guest.host(`(cat ${path}; zcat ${path}.1.gz ${path}.2.gz) | wc -l`));
    expect(await guest.docker('logs', 'gz')).toBe(lastLines(200, kept));
    expect(await guest.docker('logs', '--tail', '90', 'gz')).toBe(lastLines(200, 90));
    await guest.docker('rm', 'gz');
  });

  it('notes the tag, labels and variables asked for', async () => {
    const flags =
      '--log-opt tag={{.Name}}/{{.ID}} --log-opt labels=foo --log-opt env-regex=^E -l foo=a/b -e EV=x'.split(' ');
    await run('tagged', 'echo hi', ...flags);
    const id = await inspect('tagged', '{{.Id}}');
    expect(await guest.docker('logs', '--details', 'tagged')).toBe(`EV=x,foo=a%2Fb,tag=tagged%2F${id.slice(0, 12)} hi`);
    await guest.docker('rm', 'tagged');
  });

  it('takes the range of time from the last lines asked for, as Docker does', async () => {
    await run('range', 'for i in 1 2 3 4 5 6; do echo $i; sleep 0.05; done');
    const times = (await guest.docker('logs', '-t', 'range')).split('\n').map((line) => line.split(' ')[0]!);
    expect(times[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    const logs = (...flags: string[]): Promise<string> => guest.docker('logs', ...flags, 'range');
    expect(await logs('--since', times[2]!)).toBe('3\n4\n5\n6');
    expect(await logs('--until', times[2]!)).toBe('1\n2\n3');
    expect(await logs('--since', times[2]!, '--tail', '2')).toBe('5\n6');
    expect(await logs('--until', times[2]!, '--tail', '2')).toBe('');
    expect(await logs('--since', '1h', '--tail', '1')).toBe('6');
    expect(await logs('--tail', '0')).toBe('');
    await guest.docker('rm', 'range');
  });
});

describe('local', () => {
  it('keeps its own kind of file, which docker logs reads', async () => {
    await run('own', `echo err >&2; ${numbers(3)}; printf end`, '--log-driver', 'local');
    expect(await inspect('own', '{{.LogPath}} {{json .HostConfig.LogConfig}}')).toBe(' {"Type":"local","Config":{}}');
    const { stdout, stderr } = await guest.tryDocker('logs', 'own');
    expect([stdout, stderr]).toEqual([`${lastLines(3, 3)}\nend`, 'err\n']);
    expect(await guest.docker('logs', '--tail', '2', 'own')).toBe('line number 3\nend');
    const directory = `/var/lib/docker/containers/${await inspect('own', '{{.Id}}')}/local-logs`;
    expect(await guest.host(`ls ${directory}; grep -c stdout ${directory}/container.log`)).toBe('container.log\n4');
    await guest.docker('rm', 'own');
  });

  it('rotates and compresses', async () => {
    await run('small', numbers(400), ...'--log-driver local --log-opt max-size=4k --log-opt max-file=2'.split(' '));
    const directory = `/var/lib/docker/containers/${await inspect('small', '{{.Id}}')}/local-logs`;
    expect(await guest.host(`ls ${directory}`)).toBe('container.log\ncontainer.log.1.gz');
    const lines = (await guest.docker('logs', 'small')).split('\n');
    expect(lines.length).toBeGreaterThan(80);
    expect(lines.join('\n')).toBe(lastLines(400, lines.length));
    await guest.docker('rm', 'small');
  });
});

describe('options', () => {
  const start = (message: string): string =>
    `Error response from daemon: failed to create task for container: failed to initialize logging driver: ${message}\nError: failed to start containers: bad\n`;

  it.each([
    [['max-size=abc'], start("invalid size: 'abc'")],
    [['max-size=0'], start('max-size must be a positive number')],
    [['max-file=0'], start('max-file cannot be less than 1')],
    [['max-file=x'], start('strconv.Atoi: parsing "x": invalid syntax')],
    [['compress=true'], start('compress cannot be true when max-file is less than 2 or max-size is not set')],
    [['tag={{'], start('template: log-tag:1: unclosed action')],
  ])('%s is refused at the start', async (options, message) => {
    const flags = options.flatMap((option) => ['--log-opt', option]);
    await guest.docker('create', '--name', 'bad', ...flags, 'busybox', 'true');
    expect(await guest.tryDocker('start', 'bad')).toMatchObject({ stderr: message, exitCode: 1 });
    await guest.docker('rm', 'bad');
  });

  it.each([
    [['--log-opt', 'foo=bar'], "unknown log opt 'foo' for json-file log driver"],
    [['--log-opt', 'mode=foo'], 'logger: logging mode not supported: foo'],
    [['--log-opt', 'max-buffer-size=1m'], "logger: max-buffer-size option is only supported with 'mode=non-blocking'"],
    [['--log-driver', 'local', '--log-opt', 'tag=x'], "unknown log opt 'tag' for log driver local"],
    [['--log-driver', 'foo'], 'error looking up logging plugin foo: plugin "foo" not found'],
  ])('%s is refused at once', async (flags, message) => {
    expect((await guest.tryDocker('create', ...flags, 'busybox', 'true')).stderr).toBe(
      `Error response from daemon: ${message}\n`,
    );
  });
});

it('a log of the driver none cannot be read', async () => {
  await run('none', 'echo hi', '--log-driver', 'none');
  expect((await guest.tryDocker('logs', 'none')).stderr).toBe(
    'Error response from daemon: configured logging driver does not support reading\n',
  );
  await guest.docker('rm', 'none');
});

it('follows over rotation until the container ends', async () => {
  await guest.docker(
    ...['run', '-d', '-i', '--name', 'followed', '--log-opt', 'max-size=2k', '--log-opt', 'max-file=2'],
    ...['busybox', 'sh', '-c', `read x; ${numbers(30)}; read x; ${numbers(30)}`],
  );
  const following = guest.startDocker({}, 'logs', '-f', 'followed');
  const attached = guest.startDocker({}, 'attach', '--no-stdin=false', 'followed');
  attached.type('go\n');
  await following.stdout.waitFor('line number 30\n');
  attached.type('go\n');
  const { stdout, exitCode } = await following.result;
  expect(exitCode).toBe(0);
  expect(stdout).toBe(`${lastLines(30, 30)}\n${lastLines(30, 30)}\n`);
  await attached.result;
  await guest.docker('rm', 'followed');
});

it('output that comes faster than it can be kept leaves its end', async () => {
  await guest.docker('run', '-d', '--name', 'fast', 'busybox', 'sh', '-c', 'yes | head -c 1m; echo end');
  expect(await guest.docker('wait', 'fast')).toBe('0');
  const path = await inspect('fast', '{{.LogPath}}');
  expect(Number(await guest.host(`cat ${path}* | wc -c`))).toBeLessThan(17 * 1024 * 1024);
  expect(Number(await guest.host(`cat ${path}* | wc -c`))).toBeGreaterThan(8 * 1024 * 1024);
  expect(await guest.docker('logs', '--tail', '2', 'fast')).toBe('y\nend');
  await guest.docker('rm', 'fast');
});
