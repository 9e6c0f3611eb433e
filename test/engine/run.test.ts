import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';
import { plain } from './support/transcript.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox', 'ubuntu'] });
});

afterAll(() => guest.stop());

describe('docker run', () => {
  it('pulls what is missing, and runs it', async () => {
    const { stdout, stderr, exitCode } = await guest.tryDocker('run', 'hello-world');
    expect(stderr).toMatch(
      /^Unable to find image 'hello-world:latest' locally\nlatest: Pulling from library\/hello-world\n[^]*Digest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for hello-world:latest\n$/,
    );
    expect(stdout.trimStart()).toMatch(/^Hello from Docker!\n/);
    expect(exitCode).toBe(0);
  });

  it('prints what the command prints, each stream on its own', async () => {
    const result = await guest.tryDocker('run', '--rm', 'busybox', 'sh', '-c', 'echo out; echo err >&2; exit 3');
    expect(result).toEqual({ stdout: 'out\n', stderr: 'err\n', exitCode: 3 });
  });

  it('prints the ID with -d', async () => {
    const id = await guest.docker('run', '-d', '--rm', 'busybox', 'true');
    expect(id).toMatch(/^[0-9a-f]{64}$/);
  });

  it('exits 127 for a command that is not there', async () => {
    const result = await guest.tryDocker('run', '--rm', 'busybox', 'nosuch');
    expect(result.exitCode).toBe(127);
    expect(result.stderr).toBe(
      'docker: Error response from daemon: failed to create task for container: failed to create shim task: OCI runtime create failed: ' +
        'runc create failed: unable to start container process: exec: "nosuch": executable file not found in $PATH: unknown\n\n' +
        "Run 'docker run --help' for more information\n",
    );
  });

  it('exits 126 for a command that cannot be run', async () => {
    const directory = await guest.tryDocker('run', '--rm', 'busybox', '/etc');
    expect(directory.exitCode).toBe(126);
    expect(directory.stderr).toContain('exec: "/etc": permission denied: unknown');
    const file = await guest.tryDocker('run', '--rm', 'busybox', '/etc/passwd');
    expect(file.exitCode).toBe(126);
  });

  it('exits 125 when the daemon refuses', async () => {
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', '-m', '1m', 'busybox', 'true');
    expect(exitCode).toBe(125);
    expect(stderr).toContain('docker: Error response from daemon: Minimum memory limit allowed is 6MB');
  });

  it('exits 125 for an image no registry has', async () => {
    const { stderr, exitCode } = await guest.tryDocker('run', '--rm', 'no-such-image-here', 'true');
    expect(exitCode).toBe(125);
    expect(stderr).toContain("Unable to find image 'no-such-image-here:latest' locally");
    expect(await guest.docker('ps', '-aq', '--filter', 'ancestor=no-such-image-here')).toBe('');
  });

  it('exits 128 + n for a process ended by signal n', async () => {
    expect((await guest.tryDocker('run', '--rm', 'busybox', 'sh', '-c', 'sh -c "kill -9 $$"; true')).exitCode).toBe(0);
    const command = guest.startDocker(
      {},
      'run',
      '--rm',
      '--name',
      'signalled',
      'busybox',
      'sh',
      '-c',
      'echo up; exec sleep 1000',
    );
    await command.stdout.waitFor('up');
    await guest.docker('kill', 'signalled');
    expect((await command.result).exitCode).toBe(137);
  });

  it('pipes input in with -i', async () => {
    const { result } = guest.startDocker({ stdin: 'one\ntwo\n' }, 'run', '--rm', '-i', 'busybox', 'cat');
    expect(await result).toEqual({ stdout: 'one\ntwo\n', stderr: '', exitCode: 0 });
  });

  it('pipes a megabyte through, unharmed', async () => {
    const text = 'All work and no play makes Jack a dull boy. \0\n'.repeat(23_000);
    const { result } = guest.startDocker({ stdin: text }, 'run', '--rm', '-i', 'busybox', 'cat');
    const { stdout, exitCode } = await result;
    expect(exitCode).toBe(0);
    expect(stdout === text).toBe(true);
  });

  it('gives no input without -i', async () => {
    const { result } = guest.startDocker({ stdin: 'unseen' }, 'run', '--rm', 'busybox', 'wc', '-c');
    expect((await result).stdout).toBe('0\n');
  });

  it('forwards signals to the container', async () => {
    const command = guest.startDocker(
      {},
      'run',
      '--rm',
      'busybox',
      'sh',
      '-c',
      'trap "echo caught; exit 5" USR1; echo up; while :; do sleep 0.05; done',
    );
    await command.stdout.waitFor('up');
    command.signal('USR1');
    await command.stdout.waitFor('caught');
    expect((await command.result).exitCode).toBe(5);
  });

  it('orders the environment as Docker does', async () => {
    const { result } = guest.startDocker(
      { stdin: '', env: { B: 'from the client' } },
      'run',
      '--rm',
      '-e',
      'A=1',
      '-e',
      'B',
      '-e',
      'UNSET',
      '-h',
      'box',
      'busybox',
      'env',
    );
    expect((await result).stdout).toBe(
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nHOSTNAME=box\nA=1\nB=from the client\nHOME=/root\n',
    );
  });
});

describe('docker run -it', () => {
  it('gives bash a terminal; start -ai finds what it left', async () => {
    const terminal = guest.startDocker({ tty: true }, 'run', '-it', '--name', 'box', 'ubuntu', 'bash');
    const { groups } = await terminal.stdout.waitFor(/root@(?<id>[0-9a-f]{12}):\/# /);
    const prompt = `root@${groups!['id']}:/# `;
    const run = async (command: string): Promise<string> => {
      terminal.type(`${command}\r`);
      const [, output] = await terminal.stdout.waitFor(new RegExp(`\\n([^]*?)${prompt}`));
      return plain(output!);
    };
    expect(terminal.rawMode).toBe(true);
    expect(await run('id')).toBe('uid=0(root) gid=0(root) groups=0(root)\n');
    expect(await run('hostname')).toBe(`${groups!['id']}\n`);
    expect(await run('tty')).toBe('/dev/pts/0\n');
    expect(await run('cat /proc/1/comm')).toBe('bash\n');
    expect(await run('cd /proc; echo [0-9]*; cd /')).toBe('1\n');
    expect(await run('cat /proc/self/cgroup')).toBe('0::/\n');
    expect(await run('touch /x')).toBe('');
    terminal.type('exit 4\r');
    expect((await terminal.result).exitCode).toBe(4);
    expect(terminal.rawMode).toBe(false);

    const again = guest.startDocker({ tty: true }, 'start', '-ai', 'box');
    // Docker prints no prompt before a key is pressed when bash was quicker than the attachment; ours never loses it.
    await again.stdout.waitFor(prompt);
    again.type('ls /x; exit\r');
    await again.stdout.waitFor(/\r\/x\r\n/);
    expect((await again.result).exitCode).toBe(0);
  });

  it('passes Ctrl-C, Ctrl-D, the size and a change of size on to the program', async () => {
    const terminal = guest.startDocker(
      { tty: true, size: { columns: 91, rows: 33 } },
      'run',
      '--rm',
      '-it',
      'busybox',
      'sh',
    );
    await terminal.stdout.waitFor('/ # ');
    terminal.type('stty size\r');
    await terminal.stdout.waitFor('33 91');
    terminal.resize({ columns: 120, rows: 40 });
    terminal.type('while [ "$(stty size)" != "40 120" ]; do sleep 0.05; done; echo resized; sleep 2718\r');
    await terminal.stdout.waitFor(/resized\r/);
    await guest.running('sleep 2718');
    terminal.type('\x03');
    terminal.type('echo $?\r');
    await terminal.stdout.waitFor(/\n130\r\n/);
    terminal.type('\x04');
    expect((await terminal.result).exitCode).toBe(0);
  });

  it('refuses a terminal when input is none', async () => {
    const { result } = guest.startDocker({ stdin: '' }, 'run', '--rm', '-it', 'busybox', 'true');
    expect(await result).toMatchObject({ stderr: 'the input device is not a TTY\n', exitCode: 1 });
  });

  it('shows TERM and one merged stream with -t', async () => {
    const { result } = guest.startDocker(
      { stdin: '' },
      'run',
      '--rm',
      '-t',
      'busybox',
      'sh',
      '-c',
      'echo $TERM; echo err >&2; tty',
    );
    expect(await result).toEqual({ stdout: 'xterm\r\nerr\r\n/dev/pts/0\r\n', stderr: '', exitCode: 0 });
  });

  it('passes Unicode and colours through', async () => {
    const text = '\x1b[38;2;255;128;0m你好 🐳 é\x1b[0m';
    const { result } = guest.startDocker({ stdin: '' }, 'run', '--rm', '-t', 'busybox', 'printf', text);
    expect((await result).stdout).toBe(text);
  });
});
