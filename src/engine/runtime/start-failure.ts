// A process that could not be started, in the words of runc, the shim and dockerd: clients read these texts, and the
// CLI derives its exit codes 125, 126 and 127 from them.

import { DockerError } from '../../api/error.ts';
import { errnoText } from '../../guest/errno.ts';
import type { GuestError, ProgramResult } from '../../guest/results.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';
import type { ContainerMount } from '../container/mounts.ts';

export interface StartFailure {
  readonly message: string;
  /** 127 command not found, 126 cannot be invoked, 128 anything else. */
  readonly exitCode: number;
}

/** Says what a failed start program means for the one who asked for `command` in `cwd`, with `mounts` in its root. */
export function explainStartFailure(
  error: GuestError,
  command: string,
  cwd: string,
  { mounts = [], root = '' }: { readonly mounts?: readonly ContainerMount[]; readonly root?: string } = {},
): StartFailure {
  const { step, code } = error;
  // Go's texts of the errors begin in lower case.
  const text = errnoText(error.errno).replace(/^./, (first) => first.toLowerCase());
  if (step === 'execve') return explainExec(command, triedFormats(error.result) ? 'ENOEXEC' : code);
  if (step === 'working directory') {
    return {
      message: `chdir to cwd ("${cwd}") set in config.json failed: ${text}`,
      exitCode: code === 'ENOENT' || code === 'ENOTDIR' ? 127 : 126,
    };
  }
  const misplaced = step === 'binds and tmpfs' ? mountMismatch(error, mounts, root) : undefined;
  if (misplaced) return { message: `error during container init: ${misplaced}`, exitCode: 127 };
  const reason = initFailure(error, text) ?? `${step}: ${error.description}: ${text}`;
  return { message: `error during container init: ${reason}`, exitCode: 128 };
}

/** runc's words for a file that was to be mounted on a directory, or a directory on a file. */
function mountMismatch({ op, code }: GuestError, mounts: readonly ContainerMount[], root: string): string | undefined {
  const target = op.args[op.name === 'move_mount' ? 3 : 0];
  const mount = mounts.find((each) => target?.kind === 'string' && each.target === target.text);
  if (!mount) return undefined;
  const attempt = `error mounting ${JSON.stringify(mount.source)} to rootfs at ${JSON.stringify(mount.target)}`;
  if (op.name === 'mkdirAll' && (code === 'ENOTDIR' || code === 'EEXIST')) {
    const place = JSON.stringify(root + mount.target);
    return `${attempt}: create mountpoint for ${mount.target} mount: cannot create subdirectories in ${place}: not a directory`;
  }
  // move_mount says EINVAL where mount says ENOTDIR.
  if (op.name === 'move_mount' && (code === 'EINVAL' || code === 'ENOTDIR')) {
    const flags = mount.bind?.nonRecursive ? 'MS_BIND' : 'MS_BIND|MS_REC';
    return `${attempt}: mount src=${mount.source}, dst=${mount.target}, dstFd=/proc/thread-self/fd/8, flags=${flags}: not a directory`;
  }
  return undefined;
}

/** What runc says of settings that the kernel refuses. */
function initFailure({ op, step, code }: GuestError, text: string): string | undefined {
  const [first, second, third, , fifth] = op.args;
  if (step === 'host name') return `${op.name}: ${text}`;
  if (op.name === 'writeFile' && first?.kind === 'string') {
    const failure = `${code === 'ENOENT' || code === 'EACCES' || code === 'EROFS' ? 'open' : 'write'} ${first.text}: ${text}`;
    if (step === 'sysctls') return failure;
    const written = second?.kind === 'bytes' ? decodeUtf8(second.bytes) : '';
    if (step === 'cgroup') {
      return `error setting cgroup config for procHooks process: failed to write ${JSON.stringify(written)}: ${failure}`;
    }
  }
  if (step === 'limits' && op.name === 'prlimit64' && second?.kind === 'int') {
    return `error setting rlimits for ready process: error setting rlimit type ${second.value}: ${text}`;
  }
  if (step === 'binds and tmpfs' && op.name === 'mount' && second?.kind === 'string' && third?.kind === 'string') {
    const data = fifth?.kind === 'string' ? fifth.text : '';
    return `error mounting "tmpfs" to rootfs at "${second.text}": mount src=tmpfs, dst=${second.text}, data=${data}: ${text}`;
  }
  return undefined;
}

const ENOEXEC = 8;

/** Whether one of the files that were tried exists and is no program for this CPU. */
const triedFormats = (result: ProgramResult): boolean =>
  result.ops.some(
    (op) => (op.op.name === 'execve' && op.result === -ENOEXEC) || (op.child !== undefined && triedFormats(op.child)),
  );

function explainExec(command: string, errno: string): StartFailure {
  const quoted = JSON.stringify(command);
  if (errno === 'ENOEXEC') return { message: `exec ${command}: exec format error`, exitCode: 126 };
  if (!command.includes('/')) return { message: `exec: ${quoted}: executable file not found in $PATH`, exitCode: 127 };
  if (errno === 'ENOENT')
    return { message: `exec: ${quoted}: stat ${command}: no such file or directory`, exitCode: 127 };
  if (errno === 'EACCES') return { message: `exec: ${quoted}: permission denied`, exitCode: 126 };
  if (errno === 'ENOTDIR') return { message: `exec: ${quoted}: stat ${command}: not a directory`, exitCode: 127 };
  return { message: `exec: ${quoted}: ${errno}`, exitCode: 126 };
}

/** The daemon's error for a container that did not start. */
export const containerStartError = ({ message, exitCode }: StartFailure): DockerError =>
  new DockerError(
    exitCode === 128 ? 'system' : 'invalid-parameter',
    `failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${message}: unknown${hint(message)}`,
  );

/** What `docker exec` prints when its command did not start. */
export const execStartMessage = ({ message }: StartFailure): string =>
  `OCI runtime exec failed: exec failed: unable to start container process: ${message}: unknown${hint(message)}`;

/** The daemon takes this errno, whatever its cause, for a mount's. */
const hint = (message: string): string =>
  message.endsWith('not a directory')
    ? ': Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type'
    : '';
