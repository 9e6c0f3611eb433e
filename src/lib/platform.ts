/** `os[/arch[/variant]]` in its canonical form (containerd's platforms package); what is left open is the guest's. */

const systems = new Set([
  'aix',
  'android',
  'darwin',
  'dragonfly',
  'freebsd',
  'hurd',
  'illumos',
  'ios',
  'js',
  'linux',
  'nacl',
  'netbsd',
  'openbsd',
  'plan9',
  'solaris',
  'windows',
  'zos',
]);
const architectures = new Set([
  '386',
  'amd64',
  'amd64p32',
  'arm',
  'armbe',
  'arm64',
  'arm64be',
  'ppc64',
  'ppc64le',
  'loong64',
  'mips',
  'mipsle',
  'mips64',
  'mips64le',
  'mips64p32',
  'mips64p32le',
  'ppc',
  'riscv',
  'riscv64',
  's390',
  's390x',
  'sparc',
  'sparc64',
  'wasm',
]);

export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant: string;
}

/** Throws containerd's errors. */
export function parsePlatform(text: string): Platform {
  const fail = (reason: string): Error => new Error(`${reason}: invalid argument`);
  if (text.includes('*')) throw fail(`${JSON.stringify(text)}: wildcards not yet supported`);
  const parts = text.split('/');
  for (const [at, part] of parts.slice(0, 4).entries()) {
    if (at === 0 && !/^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.-]*)\))?$/.test(part)) {
      const pattern = '^([A-Za-z0-9_-]+)(?:\\(([A-Za-z0-9_.-]*)\\))?$';
      throw fail(
        `${JSON.stringify(part)} is an invalid OS component of ${JSON.stringify(text)}: OSAndVersion specifier component must match ${JSON.stringify(pattern)}`,
      );
    }
    if (at > 0 && !/^[A-Za-z0-9_.-]+$/.test(part)) {
      throw fail(
        `${JSON.stringify(part)} is an invalid component of ${JSON.stringify(text)}: platform specifier component must match ${JSON.stringify('^[A-Za-z0-9_.-]+$')}`,
      );
    }
  }
  const first = parts[0]!.toLowerCase();
  const os = first === 'macos' ? 'darwin' : first;
  if (parts.length === 1) {
    if (systems.has(os)) return { os, architecture: '386', variant: '' };
    const { architecture, variant } = normalArchitecture(parts[0]!, '');
    if (architectures.has(architecture))
      return { os: 'linux', architecture, variant: withoutDefault(architecture, variant) };
    throw fail(`${JSON.stringify(text)}: unknown operating system or architecture`);
  }
  if (parts.length > 3) throw fail(`${JSON.stringify(text)}: cannot parse platform specifier`);
  const { architecture, variant } = normalArchitecture(parts[1]!, parts[2] ?? '');
  if (parts.length === 2) return { os, architecture, variant: withoutDefault(architecture, variant) };
  return { os, architecture, variant: architecture === 'arm64' && variant === '' ? 'v8' : variant };
}

/** `linux/arm/v7`. */
export const formatPlatform = ({ os, architecture, variant }: Platform): string =>
  [os, architecture, variant].filter(Boolean).join('/');

const withoutDefault = (architecture: string, variant: string): string =>
  architecture === 'arm' && variant === 'v7' ? '' : variant;

function normalArchitecture(given: string, givenVariant: string): { architecture: string; variant: string } {
  const architecture = given.toLowerCase();
  const variant = givenVariant.toLowerCase();
  switch (architecture) {
    case 'i386':
      return { architecture: '386', variant: '' };
    case 'x86_64':
    case 'x86-64':
    case 'amd64':
      return { architecture: 'amd64', variant: variant === 'v1' ? '' : variant };
    case 'aarch64':
    case 'arm64':
      if (['8', 'v8', 'v8.0'].includes(variant)) return { architecture: 'arm64', variant: '' };
      return { architecture: 'arm64', variant: ['9', '9.0', 'v9.0'].includes(variant) ? 'v9' : variant };
    case 'armhf':
      return { architecture: 'arm', variant: 'v7' };
    case 'armel':
      return { architecture: 'arm', variant: 'v6' };
    case 'arm':
      if (variant === '' || variant === '7') return { architecture, variant: 'v7' };
      return { architecture, variant: ['5', '6', '8'].includes(variant) ? `v${variant}` : variant };
  }
  return { architecture, variant };
}
