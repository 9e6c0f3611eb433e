// What `--log-opt` labels, env and tag put into every entry of a log, for `docker logs --details`.

import type { ContainerConfig } from '../../api/container-config.ts';
import { GoStruct } from '../../lib/go-template/go-value.ts';
import { Template } from '../../lib/go-template/template.ts';
import { formatRfc3339Nano } from '../../lib/timestamp.ts';
import { containerDirectory } from '../runtime/paths.ts';

/** The container a log is of. */
export interface LogSubject {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly args: readonly string[];
  readonly created: bigint;
  readonly config: ContainerConfig;
  readonly image: { readonly id: string };
}

/** moby's Info.ExtraAttributes, and the tag. Throws what a template or regular expression has wrong. */
export function logAttributes(
  options: Readonly<Record<string, string>>,
  subject: LogSubject,
): Readonly<Record<string, string>> {
  const attributes: Record<string, string> = {};
  const env = Object.fromEntries(
    (subject.config.Env ?? []).flatMap((entry) => {
      const at = entry.indexOf('=');
      return at < 0 ? [] : [[entry.slice(0, at), entry.slice(at + 1)] as const];
    }),
  );
  for (const [kind, values] of [
    ['labels', subject.config.Labels ?? {}],
    ['env', env],
  ] as const) {
    const names = (options[kind] ?? '').split(',').filter((name) => name !== '');
    const pattern = options[`${kind}-regex`];
    const expression = pattern ? parsePattern(pattern) : undefined;
    for (const [name, value] of Object.entries(values)) {
      if (names.includes(name) || expression?.test(name)) attributes[name] = value;
    }
  }
  const tag = expandTag(options['tag'] ?? '', subject, options);
  if (tag !== '') attributes['tag'] = tag;
  return attributes;
}

function parsePattern(pattern: string): RegExp {
  try {
    return new RegExp(pattern);
  } catch (cause) {
    throw new Error(`error parsing regexp: ${(cause as Error).message.replace(/^.*\/: /, '')}: \`${pattern}\``, {
      cause,
    });
  }
}

/** A tag's template, over moby's logger.Info. */
function expandTag(template: string, subject: LogSubject, options: Readonly<Record<string, string>>): string {
  if (!template.includes('{{')) return template;
  return new Template(template, { name: 'log-tag' }).render(logInfo(subject, options));
}

function logInfo(
  { id, name, path, args, created, config, image }: LogSubject,
  options: Readonly<Record<string, string>>,
) {
  return new GoStruct('*logger.Info', {
    Config: options,
    ContainerID: id,
    ContainerName: `/${name}`,
    ContainerEntrypoint: path,
    ContainerArgs: [...args],
    ContainerImageID: image.id,
    ContainerImageName: config.Image,
    ContainerCreated: formatRfc3339Nano(created).replace('T', ' ').replace('Z', ' +0000 UTC'),
    ContainerEnv: config.Env ?? [],
    ContainerLabels: config.Labels ?? {},
    LogPath: `${containerDirectory(id)}/${id}-json.log`,
    DaemonName: 'docker',
    Hostname: () => 'drydock',
    Command: () => [path, ...args].join(' '),
    ID: () => id.slice(0, 12),
    FullID: () => id,
    Name: () => name,
    ImageID: () => image.id.slice(0, 12),
    ImageFullID: () => image.id,
    ImageName: () => config.Image,
  });
}
