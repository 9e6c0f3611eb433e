// The options of `--tmpfs` as mount(2) takes them: what the kernel has flags for, and the rest as tmpfs's own data.

import { DockerError } from '../../api/error.ts';
import { mount } from '../../guest/linux.ts';

/** Bits an option sets or, with `no`, clears. */
const flagOptions: Readonly<Record<string, readonly [bits: number, set: boolean]>> = {
  ro: [mount.MS_RDONLY, true],
  rw: [mount.MS_RDONLY, false],
  nosuid: [mount.MS_NOSUID, true],
  suid: [mount.MS_NOSUID, false],
  nodev: [mount.MS_NODEV, true],
  dev: [mount.MS_NODEV, false],
  noexec: [mount.MS_NOEXEC, true],
  exec: [mount.MS_NOEXEC, false],
  noatime: [mount.MS_NOATIME, true],
  atime: [mount.MS_NOATIME, false],
  nodiratime: [mount.MS_NODIRATIME, true],
  diratime: [mount.MS_NODIRATIME, false],
  relatime: [mount.MS_RELATIME, true],
  norelatime: [mount.MS_RELATIME, false],
  strictatime: [mount.MS_STRICTATIME, true],
  nostrictatime: [mount.MS_STRICTATIME, false],
  sync: [mount.MS_SYNCHRONOUS, true],
  async: [mount.MS_SYNCHRONOUS, false],
};

const dataOptions = ['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol'];

/** Reads `size=1m,exec`; a later option outweighs those before it. Throws moby's error for one that is none. */
export function tmpfsOptions(text: string): { flags: number; data: string } {
  let flags = mount.MS_NOSUID | mount.MS_NODEV | mount.MS_NOEXEC;
  const data = new Map<string, string>();
  for (const option of text === '' ? [] : text.split(',')) {
    if (option === 'defaults') continue;
    const flag = Object.hasOwn(flagOptions, option) ? flagOptions[option] : undefined;
    const name = option.split('=', 1)[0]!;
    if (flag) flags = flag[1] ? flags | flag[0] : flags & ~flag[0];
    else if (option.includes('=') && dataOptions.includes(name)) data.set(name, option);
    else throw new DockerError('system', `invalid tmpfs option ${JSON.stringify(option)}`);
  }
  return { flags, data: [...data.values()].join(',') };
}
