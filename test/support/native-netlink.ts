// Plays netlink messages to the kernel of the machine the tests run on, in network namespaces of their own.

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type Step = { send: Uint8Array; protocol: 'rtnetlink' | 'netfilter' } | { run: string[] };
export type StepResult = { replies: Uint8Array; output: string };

/** Stands for the pid of a process in the second network namespace, in messages and (as `{PEER}`) in commands. */
export const peerPid = 0x7eedbeef;
/** The descriptor of the second network namespace. */
export const peerDescriptor = 1000;

/** Why these tests cannot run here, or undefined when they can: they need root and Debian's tools. */
export function whyNoNativeNetlink(tools: readonly string[]): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'needs root on Linux';
  const packages: Record<string, string> = {
    nft: 'nftables',
    ip: 'iproute2',
    python3: 'python3',
    unshare: 'util-linux',
  };
  const missing = [...tools, 'python3', 'unshare'].filter((tool) => spawnSync('which', [tool]).status !== 0);
  if (missing.length > 0) return `apt-get install -y ${missing.map((tool) => packages[tool]).join(' ')}`;
  if (spawnSync('unshare', ['-n', 'true']).status !== 0) return 'may not create network namespaces here';
  return undefined;
}

/** Runs the steps in a fresh network namespace; throws with the command's complaint when one fails. */
export function playNatively(steps: readonly Step[]): StepResult[] {
  const input = JSON.stringify(
    steps.map((step) =>
      'send' in step
        ? { send: Buffer.from(step.send).toString('hex'), protocol: step.protocol === 'rtnetlink' ? 0 : 12 }
        : step,
    ),
  );
  const script = fileURLToPath(new URL('native-netlink.py', import.meta.url));
  const { status, stdout, stderr } = spawnSync('unshare', ['-n', 'python3', script], { input, encoding: 'utf8' });
  if (status !== 0) throw new Error(`playing netlink messages: ${stderr}`);
  return (JSON.parse(stdout) as string[]).map((result, index) =>
    'send' in steps[index]!
      ? { replies: Uint8Array.from(Buffer.from(result, 'hex')), output: '' }
      : { replies: new Uint8Array(), output: result },
  );
}
