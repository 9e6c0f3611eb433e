// Who a container's process runs as: Docker's `user[:group]` resolved against the container's own /etc/passwd and
// /etc/group (the rules of runc's libcontainer/user).

import { DockerError } from '../../api/error.ts';

export interface ExecUser {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups, the primary one first: without it a process could drop a group it is meant to be in. */
  readonly groups: readonly number[];
  readonly home: string;
}

interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const fields = (file: string): string[][] =>
  file
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(':'));

const parsePasswd = (file: string): PasswdEntry[] =>
  fields(file).map(([name = '', , uid = '', gid = '', , home = '']) => ({
    name,
    uid: Number(uid),
    gid: Number(gid),
    home,
  }));

const parseGroup = (file: string): GroupEntry[] =>
  fields(file).map(([name = '', , gid = '', members = '']) => ({
    name,
    gid: Number(gid),
    members: members.split(',').filter((member) => member !== ''),
  }));

const maximumId = 2 ** 31 - 1;

/** Go's strconv.Atoi; what is out of range is refused later. */
const parseId = (text: string): number | undefined => (/^[+-]?\d+$/.test(text) ? Number(text) : undefined);

function checkRange(id: number): number {
  if (id < 0 || id > maximumId)
    throw new DockerError('invalid-parameter', `uids and gids must be in range 0-${maximumId}`);
  return id;
}

/**
 * Resolves `spec` (`""`, `user`, `uid`, `user:group`, `uid:gid`, …) and `--group-add` names. A numeric user without an
 * entry is allowed (gid 0, home `/`), an unknown name is an error with runc's words.
 */
export function resolveUser(
  spec: string,
  files: { readonly passwd: string; readonly group: string },
  groupAdd: readonly string[] = [],
): ExecUser {
  const separator = spec.indexOf(':');
  const userPart = separator < 0 ? spec : spec.slice(0, separator);
  const groupPart = separator < 0 ? '' : spec.slice(separator + 1);
  const passwd = parsePasswd(files.passwd);
  const group = parseGroup(files.group);

  const userId = userPart === '' ? 0 : parseId(userPart);
  const entry =
    passwd.find((candidate) => candidate.name === userPart) ?? passwd.find((candidate) => candidate.uid === userId);
  if (entry === undefined && userId === undefined) {
    throw new DockerError('system', `unable to find user ${userPart}: no matching entries in passwd file`);
  }
  const uid = checkRange(entry?.uid ?? userId!);

  /** @param unable the error's beginning, which differs between the two options */
  const groupId = (name: string, unable: string): number => {
    const found = group.find((candidate) => candidate.name === name);
    const id = found?.gid ?? parseId(name);
    if (id === undefined)
      throw new DockerError('system', `${unable} to find group ${name}: no matching entries in group file`);
    return checkRange(id);
  };

  let gid = entry?.gid ?? 0;
  let groups: number[] = [];
  if (groupPart !== '') gid = groupId(groupPart, 'unable');
  else if (entry)
    groups = group.filter((candidate) => candidate.members.includes(entry.name)).map((candidate) => candidate.gid);

  const added = groupAdd.map((name) => groupId(name, 'Unable'));
  return { uid, gid, groups: [...new Set([gid, ...groups, ...added])], home: entry?.home || '/' };
}
