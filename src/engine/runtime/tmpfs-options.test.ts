import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DockerError } from '../../api/error.ts';
import { mount } from '../../guest/linux.ts';
import { tmpfsOptions } from './tmpfs-options.ts';

const { MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_RDONLY } = mount;

describe('options of a tmpfs', () => {
  it('are nosuid, nodev and noexec unless said otherwise', () => {
    expect(tmpfsOptions('')).toEqual({ flags: MS_NOSUID | MS_NODEV | MS_NOEXEC, data: '' });
    expect(tmpfsOptions('exec,dev,ro')).toEqual({ flags: MS_NOSUID | MS_RDONLY, data: '' });
  });

  it('are flags, and data of which the last counts', () => {
    expect(tmpfsOptions('size=1m,ro,mode=700,rw,size=2m,defaults')).toEqual({
      flags: MS_NOSUID | MS_NODEV | MS_NOEXEC,
      data: 'size=2m,mode=700',
    });
  });

  it('are refused in moby’s words when they are none', () => {
    for (const option of ['nope', 'size', 'toString', 'nope=1', '']) {
      expect(() => tmpfsOptions(`ro,${option}`)).toThrow(
        new DockerError('system', `invalid tmpfs option ${JSON.stringify(option)}`),
      );
    }
  });

  it('of any text are taken or refused, nothing else', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          expect(tmpfsOptions(text).flags & mount.MS_BIND).toBe(0);
        } catch (error) {
          expect(error).toBeInstanceOf(DockerError);
        }
      }),
    );
  });
});
