import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestGuest } from './support/guest.ts';

let guest: TestGuest;

beforeAll(async () => {
  guest = await TestGuest.start({ images: ['busybox'] });
});

afterAll(() => guest.stop());

describe('the size of a container', () => {
  it('is what its files and links are long, hard links once', async () => {
    const script = [
      'echo hi >/f; ln /f /g; ln -s f /s; rm /bin/ash',
      'mkdir -p /many/deep/deeper; head -c 100000 /dev/zero >/many/deep/deeper/large',
      // More names than one getdents64 returns.
      'cd /many; seq -f "a-rather-long-name-of-a-file-with-number-%g" 1500 | xargs touch; echo 12345 >/many/a',
    ].join('; ');
    await guest.docker('run', '--name', 'sized', 'busybox', 'sh', '-c', script);
    await guest.docker('create', '--name', 'unsized', 'busybox');
    const image = Number(await guest.docker('image', 'inspect', '-f', '{{.Size}}', 'busybox'));
    const written = 3 + 1 + 100000 + 6;
    expect(await guest.docker('inspect', '-s', '-f', '{{.SizeRw}} {{.SizeRootFs}}', 'sized', 'unsized')).toBe(
      `${written} ${image + written}\n0 ${image}`,
    );
    expect(await guest.docker('ps', '-as', '--format', '{{.Names}} {{.Size}}')).toBe(
      'unsized 0B (virtual 2.06MB)\nsized 100kB (virtual 2.16MB)',
    );
    expect(await guest.docker('inspect', '-f', '{{.SizeRw}}', 'sized')).toBe('<nil>');
  });

  it('counts what runs, and takes few round trips however many there are', async () => {
    const names = Array.from({ length: 12 }, (_, at) => `many-${at}`);
    for (const name of names) await guest.docker('create', '--name', name, 'busybox', 'sh', '-c', 'echo 1 >/one');
    await guest.docker('start', '-a', 'many-3');
    const programs: string[] = [];
    const { channel } = guest.machine;
    const trace = channel.onProgram;
    channel.onProgram = (record) => {
      // Logs and states are written in the background.
      if (/^(list|stat) /.test(record.program.name)) programs.push(record.program.name);
      trace?.(record);
    };
    expect(await guest.docker('ps', '-as', '-f', 'name=many-3', '--format', '{{.Size}}')).toMatch(/^2B /);
    const forOne = programs.splice(0).length;
    expect((await guest.docker('ps', '-as', '-f', 'name=many', '--format', '{{.Size}}')).split('\n')).toHaveLength(12);
    expect(programs).toHaveLength(forOne);
    channel.onProgram = trace;
  });

  it('is part of docker system df', async () => {
    const lines = (await guest.docker('system', 'df')).split('\n');
    expect(lines[0]).toBe('TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE');
    expect(lines[1]).toBe('Images          1         1         2.063MB   0B (0%)');
    expect(lines[2]).toBe('Containers      14        0         100kB     100kB (100%)');
    expect(lines[4]).toBe('Build Cache     0         0         0B        0B');
    const rows = JSON.parse(await guest.docker('system', 'df', '-v', '--format', 'json')) as Record<string, unknown[]>;
    expect(Object.keys(rows)).toEqual(['Images', 'Containers', 'Volumes', 'BuildCache']);
    expect(rows['Images']).toMatchObject([{ Containers: '14', SharedSize: '0B', UniqueSize: '2.063MB' }]);
    expect(rows['Containers']).toContainEqual(expect.objectContaining({ Names: 'sized', Size: '100kB' }));
    const sections = await guest.docker('system', 'df', '-v');
    expect(sections).toMatch(
      /^Images space usage:\n\nREPOSITORY +TAG +IMAGE ID +CREATED +SIZE +SHARED SIZE +UNIQUE SIZE /,
    );
    expect(sections).toMatch(/\nbusybox +latest +[0-9a-f]{12} +\S[^\n]* ago +2.06MB +0B +2.063MB +14\n/);
  });

  it('is what prune says it reclaimed', async () => {
    expect(await guest.docker('container', 'prune', '-f', '--filter', 'label=none')).toBe('Total reclaimed space: 0B');
    expect(await guest.docker('container', 'prune', '-f')).toMatch(/\nTotal reclaimed space: 100kB$/);
  });
});
