import { describe, expect, it } from 'vitest';
import { resolveUser } from './user.ts';

const files = {
  passwd:
    'root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33::/var/www:/usr/sbin/nologin\n# comment\n\nada:x:1000:1000::/home/ada:/bin/sh\n',
  group: 'root:x:0:\nwww-data:x:33:\nadm:x:4:ada\nvideo:x:44:ada,root\nada:x:1000:\n',
};

describe('resolveUser', () => {
  it('is root with its home and groups when nothing is said', () => {
    expect(resolveUser('', files)).toEqual({ uid: 0, gid: 0, groups: [0, 44], home: '/root' });
  });
  it('finds a name with its supplementary groups', () => {
    expect(resolveUser('ada', files)).toEqual({ uid: 1000, gid: 1000, groups: [1000, 4, 44], home: '/home/ada' });
  });
  it('finds a number that has an entry', () => {
    expect(resolveUser('33', files)).toMatchObject({ uid: 33, gid: 33, home: '/var/www' });
  });
  it('takes a number without an entry', () => {
    expect(resolveUser('4242', files)).toEqual({ uid: 4242, gid: 0, groups: [0], home: '/' });
  });
  it('drops supplementary groups when a group is named', () => {
    expect(resolveUser('ada:adm', files)).toMatchObject({ uid: 1000, gid: 4, groups: [4] });
    expect(resolveUser('ada:77', files)).toMatchObject({ gid: 77 });
  });
  it('adds groups by name and number', () => {
    expect(resolveUser('33', files, ['video', '9'])).toMatchObject({ groups: [33, 44, 9] });
  });
  it('refuses unknown names with the words of runc', () => {
    expect(() => resolveUser('nobody', files)).toThrow(
      'unable to find user nobody: no matching entries in passwd file',
    );
    expect(() => resolveUser('0:nogroup', files)).toThrow(
      'unable to find group nogroup: no matching entries in group file',
    );
    expect(() => resolveUser('', files, ['nogroup'])).toThrow(
      'Unable to find group nogroup: no matching entries in group file',
    );
    for (const spec of ['4294967296', '-1', '1:-1']) {
      expect(() => resolveUser(spec, files)).toThrow('uids and gids must be in range 0-2147483647');
    }
  });
  it('works without the files', () => {
    expect(resolveUser('', { passwd: '', group: '' })).toEqual({ uid: 0, gid: 0, groups: [0], home: '/' });
  });
});
