// The program behind `docker exec`: a process that joins a running container's namespaces and cgroup.

import { clone, open } from '../../guest/linux.ts';
import type { OpRef, ProgramBuilder } from '../../guest/program-builder.ts';
import { becomeProcess, connectTerminal, prepareStdio, type ProcessSpec, type StdioRefs } from './process.ts';

export interface ExecSpec {
  readonly process: ProcessSpec;
  /** The container's init, in the host's pid namespace. */
  readonly containerPid: number;
  readonly cgroup: string;
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
}

const joined =
  clone.CLONE_NEWNS |
  clone.CLONE_NEWNET |
  clone.CLONE_NEWIPC |
  clone.CLONE_NEWUTS |
  clone.CLONE_NEWCGROUP |
  clone.CLONE_NEWPID;

export function startExec(p: ProgramBuilder, spec: ExecSpec): { pid: OpRef; stdio: StdioRefs } {
  const stdio = prepareStdio(p, { ...spec, tty: spec.process.tty }, (child, console) =>
    connectTerminal(child, console, spec.process, { console: false }),
  );
  p.step('start');
  const cgroup = p.open(spec.cgroup, open.O_RDONLY | open.O_DIRECTORY);
  const pidns = p.open(`/proc/${spec.containerPid}/ns/pid`, open.O_RDONLY);
  const init = p.pidfd_open(spec.containerPid);

  const child = p.child('exec');
  child.setsid();
  child.step('namespaces');
  // The process was cloned into the pid namespace; naming it again here is allowed and leaves one call for all.
  child.setns(init, joined);
  stdio.connect(child);
  becomeProcess(child, spec.process);
  const pid = p.clone({ flags: 0, cgroup, pidns, program: child });
  return { pid, stdio: stdio.parent };
}
