import { spawn } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { buildSanitized } from '../agent/native-agent.ts';

const path = buildSanitized(new URL('./', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `docker-init ARGS…` as PID 1 of a namespace of its own. */
function run(args: readonly string[]): Promise<Ended> {
  const child = spawn('unshare', ['--pid', '--fork', '--mount-proc', '--kill-child', path, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

const shell = (script: string): string[] => ['--', 'sh', '-c', script];

describe.skipIf(process.getuid!() !== 0)('docker-init', () => {
  it('ends as its command does', async () => {
    expect(await run(shell('exit 7'))).toMatchObject({ code: 7 });
    expect(await run(shell('kill -9 $$'))).toMatchObject({ code: 137 });
  });

  it('says in the words of tini that a command cannot run', async () => {
    const absent = await run(['--', 'no-such-command']);
    expect(absent.code).toBe(127);
    expect(absent.stderr).toMatch(/^\[FATAL tini \(\d+\)\] exec no-such-command failed: No such file or directory\n$/);
    expect(await run(['--', '/etc/passwd'])).toMatchObject({ code: 126 });
    expect(await run(['--'])).toMatchObject({ code: 1 });
  });

  it('leaves no zombies, whosever children they were', async () => {
    // The orphans' parent is gone before they end; the shell lives until init has reaped them.
    const script =
      '(sh -c "exit 3" & sh -c "exit 4" & exit) ; until ! grep -q "^State:.Z" /proc/[0-9]*/status; do :; done; echo clean';
    expect(await run(shell(script))).toMatchObject({ code: 0, stdout: 'clean\n' });
  });

  it('passes signals on', async () => {
    const trap = (signal: string) => `trap "echo ${signal}; exit 5" ${signal}; kill -${signal} 1; while :; do :; done`;
    for (const signal of ['TERM', 'HUP', 'USR1', 'WINCH']) {
      expect(await run(shell(trap(signal)))).toMatchObject({ code: 5, stdout: `${signal}\n` });
    }
  });

  it('gives its command a process group of its own, and signals none blocked or ignored', async () => {
    const { stdout } = await run(
      shell('cut -d" " -f5 /proc/self/stat; grep -E "^Sig(Blk|Ign)" /proc/self/status; echo $$'),
    );
    const [group, blocked, ignored, own] = stdout.trim().split('\n');
    expect(group).toBe(own);
    expect(blocked).toMatch(/^SigBlk:\s+0+$/);
    expect(ignored).toMatch(/^SigIgn:\s+0+$/);
  });
});
