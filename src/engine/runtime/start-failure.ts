// A process that could not be started, in the words of runc, the shim and dockerd: clients read these texts, and the
// CLI derives its exit codes 125, 126 and 127 from them.

import { DockerError } from '../../api/error.ts';
import { errnoText } from '../../guest/errno.ts';
import type { GuestError, ProgramResult } from '../../guest/results.ts';
import { decodeUtf8 } from '../../lib/bytes.ts';

export interface StartFailure {
  readonly message: string;
  /** 127 command not found, 126 cannot be invoked, 128 anything else. */
  readonly exitCode: number;
}

/** Says what a failed start program means for the one who asked for `command` in `cwd`. */
export function explainStartFailure(error: GuestError, command: string, cwd: string): StartFailure {
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
  const reason = initFailure(error, text) ?? `${step}: ${error.description}: ${text}`;
  return { message: `error during container init: ${reason}`, exitCode: 128 };
}

/** What runc says of settings that the kernel refuses. */
function initFailure({ op, step, code }: GuestError, text: string): string | undefined {
  const [first, second, third, , fifth] = op.args;
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
  if (errno === 'ENOTDIR') return { message: `exec: ${quoted}: stat ${command}: not a directory`, exitCode: 126 };
  return { message: `exec: ${quoted}: ${errno}`, exitCode: 126 };
}

/** The daemon's error for a container that did not start. */
export const containerStartError = ({ message, exitCode }: StartFailure): DockerError =>
  new DockerError(
    exitCode === 128 ? 'system' : 'invalid-parameter',
    `failed to create task for container: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: ${message}: unknown`,
  );

/** What `docker exec` prints when its command did not start. */
export const execStartMessage = ({ message }: StartFailure): string =>
  `OCI runtime exec failed: exec failed: unable to start container process: ${message}: unknown`;
