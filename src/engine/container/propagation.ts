// Mount propagation: what is mounted later below a bind's source, or in the container below its target, and whether the
// other side sees it (moby: daemon/oci_linux.go withMounts; mount_namespaces(7)).

import { DockerError } from '../../api/error.ts';
import { sourceOf, type ContainerMount } from './mounts.ts';

/** Whether mounts go either way between host and container. */
export const propagates = ({ propagation }: Pick<ContainerMount, 'propagation'>): boolean =>
  !['', 'private', 'rprivate'].includes(propagation);

/** Throws the daemon's error for a source whose mount does not share what the mode needs. */
export function checkPropagation(mounts: readonly ContainerMount[], mountinfo: string): void {
  const table = parseMountinfo(mountinfo);
  for (const mount of mounts.filter(propagates)) {
    const source = sourceOf(mount);
    const holder = table
      .filter(({ path }) => path === '/' || source === path || source.startsWith(`${path}/`))
      .reduce((longest, each) => (each.path.length >= longest.path.length ? each : longest));
    const wantsSlave = mount.propagation.endsWith('slave');
    const suits = holder.fields.some(
      (field) => field.startsWith('shared:') || (wantsSlave && field.startsWith('master:')),
    );
    if (suits) continue;
    const kind = wantsSlave ? 'shared or slave' : 'shared';
    throw new DockerError('system', `path ${source} is mounted on ${holder.path} but it is not a ${kind} mount`);
  }
}

/** proc_pid_mountinfo(5): the mount point is the fifth field, optional fields follow the sixth up to a hyphen. */
function parseMountinfo(text: string): { path: string; fields: readonly string[] }[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const fields = line.split(' ');
      const path = fields[4]!.replace(/\\(\d{3})/g, (_all, code: string) => String.fromCharCode(parseInt(code, 8)));
      return { path, fields: fields.slice(6, fields.indexOf('-')) };
    });
}
