/** Commands of `docker context` that change anything: flags and help. */
import { exactArgs, minArgs, rangeArgs } from '../../command.ts';
import { contextNames } from '../../completion/names.ts';
import { files, nothing } from '../../completion/completer.ts';
import { bool, list, text } from '../../flag/flag.ts';
import { absent } from './absent.ts';

const reason = 'the only context is "default"';

const endpointHelp = (verb: string, name: string): string => `${verb} a context

Docker endpoint config:

NAME                DESCRIPTION
from                Copy named context's Docker endpoint configuration
host                Docker endpoint on which to connect
ca                  Trust certs signed only by this CA
cert                Path to TLS certificate file
key                 Path to TLS key file
skip-tls-verify     Skip TLS certificate validation

Example:

$ docker context ${name} my-context --description "some description" --docker "host=tcp://myserver:2376,ca=~/ca-file,cert=~/cert-file,key=~/key-file"`;

export const contextCommands = [
  absent(reason, {
    use: 'create [OPTIONS] CONTEXT',
    short: 'Create a context',
    long: endpointHelp('Create', 'create'),
    args: exactArgs(1),
    complete: nothing,
    flags: {
      description: text('Description of the context'),
      docker: list('set the docker endpoint', { kind: 'stringToString', shownDefault: '[]' }),
      from: text('create context from a named context'),
    },
  }),
  absent(reason, {
    use: 'export [OPTIONS] CONTEXT [FILE|-]',
    short: 'Export a context to a tar archive FILE or a tar stream on STDOUT.',
    args: rangeArgs(1, 2),
    complete: contextNames({ limit: 1, then: files }),
  }),
  absent(reason, {
    use: 'import CONTEXT FILE|-',
    short: 'Import a context from a tar or zip file',
    args: exactArgs(2),
  }),
  absent(reason, {
    use: 'rm CONTEXT [CONTEXT...]',
    short: 'Remove one or more contexts',
    aliases: ['remove'],
    aliasLine: 'docker context rm, docker context remove',
    args: minArgs(1),
    complete: contextNames(),
    flags: {
      force: bool('Force the removal of a context in use', { shorthand: 'f' }),
    },
  }),
  absent(reason, {
    use: 'update [OPTIONS] CONTEXT',
    short: 'Update a context',
    long: endpointHelp('Update', 'update'),
    args: exactArgs(1),
    complete: contextNames({ limit: 1 }),
    flags: {
      description: text('Description of the context'),
      docker: list('set the docker endpoint', { kind: 'stringToString', shownDefault: '[]' }),
    },
  }),
];
