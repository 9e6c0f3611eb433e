// What `--log-opt` labels, env and tag put into every entry of a log, for `docker logs --details`.

import type { ContainerConfig } from '../../api/container-config.ts';

/** The container a log is of. */
export interface LogSubject {
  readonly id: string;
  readonly name: string;
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
  const tag = expandTag(options['tag'] ?? '', subject);
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

/** The methods of moby's logger.Info that a tag is made of. */
const tagFields: Readonly<Record<string, (subject: LogSubject) => string>> = {
  ID: ({ id }) => id.slice(0, 12),
  FullID: ({ id }) => id,
  ContainerID: ({ id }) => id,
  Name: ({ name }) => name,
  ContainerName: ({ name }) => `/${name}`,
  ImageID: ({ image }) => image.id.slice(0, 12),
  ImageFullID: ({ image }) => image.id,
  ContainerImageID: ({ image }) => image.id,
  ImageName: ({ config }) => config.Image,
  ContainerImageName: ({ config }) => config.Image,
  DaemonName: () => 'docker',
  Hostname: () => 'drydock',
};

/** A tag's template; of Go's templates only fields can be meant here. */
function expandTag(template: string, subject: LogSubject): string {
  if (/\{\{(?:(?!\}\}).)*$/s.test(template)) throw new Error('template: log-tag:1: unclosed action');
  return template.replace(/\{\{-?\s*(.*?)\s*-?\}\}/gs, (_action, expression: string, at: number) => {
    const name = /^\.(\w+)$/.exec(expression)?.[1];
    if (name === undefined) {
      throw new Error(
        `template: log-tag:1: "${expression}" is not possible in Drydock: only fields such as {{.Name}} are`,
      );
    }
    const field = tagFields[name];
    if (!field) {
      throw new Error(
        `template: log-tag:1:${at + 2}: executing "log-tag" at <.${name}>: can't evaluate field ${name} in type *logger.Info`,
      );
    }
    return field(subject);
  });
}
