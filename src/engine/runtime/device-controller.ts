// Which devices the processes of a control group may use: a BPF program attached to it.

import { bpf, open } from '../../guest/linux.ts';
import type { ProgramBuilder } from '../../guest/program-builder.ts';
import { deviceProgram } from '../security/device-program.ts';
import type { DeviceRule } from '../security/devices.ts';

/**
 * Holds a control group and those below it to `rules`. A group below that has rules of its own is held to those alone
 * (BPF_F_ALLOW_OVERRIDE), so that what holds for every container need be loaded once, and a privileged one is free of it.
 */
export function restrictDevices(p: ProgramBuilder, cgroup: string, rules: readonly DeviceRule[]): void {
  p.step('device rules');
  const group = p.open(cgroup, open.O_RDONLY | open.O_DIRECTORY);
  const program = p.bpfProgLoad(bpf.BPF_PROG_TYPE_CGROUP_DEVICE, deviceProgram(rules));
  p.bpfProgAttach(group, program, bpf.BPF_CGROUP_DEVICE, bpf.BPF_F_ALLOW_OVERRIDE);
}
