import type { EventMessage } from '../../../api/events.ts';
import { eventFilters } from '../../completion/event-filters.ts';
import { noArgs, type CommandSpec } from '../../command.ts';
import { nothing } from '../../completion/completer.ts';
import { ExitError, messageOf } from '../../exit-error.ts';
import { filter, text } from '../../flag/flag.ts';
import { inspectFormatUsage } from '../../format-usage.ts';
import { GoStruct, sortedKeys } from '../../../lib/go-template/go-value.ts';
import { Template } from '../../../lib/go-template/template.ts';
import { toTimestamp } from '../../timestamp.ts';

const flags = {
  filter: filter('Filter output based on conditions provided', { shorthand: 'f', complete: eventFilters }),
  format: text(inspectFormatUsage),
  since: text('Show all events created since timestamp'),
  until: text('Stream events until this timestamp'),
};

export const events: CommandSpec<typeof flags> = {
  use: 'events [OPTIONS]',
  short: 'Get real time events from the server',
  aliasLine: 'docker system events, docker events',
  args: noArgs,
  complete: nothing,
  flags,
  async run(cli, { flags: { filter: filters, format, since, until } }) {
    const show = formatter(format);
    const options = { since: toTimestamp(since), until: toTimestamp(until), filters };
    for await (const line of await cli.client.system.events(options, cli.signal)) await cli.print(`${show(line)}\n`);
  },
};

/** What an event, given as the daemon's JSON, looks like. Throws for a format that does not work. */
function formatter(format: string): (json: string) => string {
  if (format === '') return plainText;
  // The daemon's own JSON: its nanoseconds are more than a JavaScript number holds.
  if (format === 'json' || format === '{{json .}}') return (json) => json;
  return wrapped(() => {
    const template = new Template(format);
    template.render(eventStruct({ Type: 'container', Action: '', Actor: { ID: '', Attributes: {} } }, ''));
    return (json) => wrapped(() => template.render(eventStruct(JSON.parse(json) as EventMessage, nanoseconds(json))));
  });
}

function wrapped<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new ExitError(64, `Error parsing format: ${messageOf(error)}`);
  }
}

/** `2026-11-21T05:08:07.334238797Z container create d45d… (image=busybox, name=o1)`. */
function plainText(json: string): string {
  const { Type: type, Action: action, Actor: actor, time = 0 } = JSON.parse(json) as EventMessage;
  const attributes = sortedKeys(actor.Attributes ?? {}).map((key) => `${key}=${actor.Attributes[key]}`);
  const suffix = attributes.length > 0 ? ` (${attributes.join(', ')})` : '';
  const fraction = nanoseconds(json).slice(-9).padStart(9, '0');
  return `${new Date(time * 1000).toISOString().slice(0, 19)}.${fraction}Z ${type} ${action} ${actor.ID}${suffix}`;
}

const nanoseconds = (json: string): string => /"timeNano":(\d+)/.exec(json)?.[1] ?? '0';

/** events.Message of moby's API, as templates see it. */
function eventStruct(message: EventMessage, timeNano: string): GoStruct {
  const { Actor: actor } = message;
  return new GoStruct(
    '*events.Message',
    {
      Status: message.status ?? '',
      ID: message.id ?? '',
      From: message.from ?? '',
      Type: message.Type,
      Action: message.Action,
      Actor: new GoStruct('events.Actor', { ID: actor.ID, Attributes: actor.Attributes }),
      Scope: message.scope ?? '',
      Time: message.time ?? 0,
      TimeNano: timeNano,
    },
    { json: () => message },
  );
}
