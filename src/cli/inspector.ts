/** `inspect` of anything: the daemon's JSON laid out, or a template rendered for each object. */
import type { DockerCli } from './docker-cli.ts';
import { ExitError, messageOf, throwJoined } from './exit-error.ts';
import { compactJson, indentJson } from './format/json-text.ts';
import { decodeUntyped } from '../lib/go-template/go-value.ts';
import { Template } from '../lib/go-template/template.ts';

/** An object as the daemon describes it. */
export interface Inspected {
  /** Its JSON, as received. */
  readonly raw: string;
  /** It as the Go struct the real CLI reads it into; templates see this first. */
  readonly typed?: unknown;
}

/** Inspects all that can be found, then fails for what cannot. */
export async function inspectAll(
  cli: DockerCli,
  references: readonly string[],
  format: string,
  get: (reference: string) => Promise<Inspected>,
): Promise<void> {
  const template = format === '' || format === 'json' ? undefined : parse(format);
  const raws: string[] = [];
  const errors: unknown[] = [];
  let rendered = '';
  for (const reference of references) {
    try {
      const found = await get(reference);
      if (template === undefined) raws.push(found.raw);
      else rendered += `${render(template, found)}\n`;
    } catch (error) {
      errors.push(error);
    }
  }
  if (template !== undefined) await cli.print(rendered || '\n');
  else if (raws.length === 0) await cli.print('[]\n');
  else await cli.print(`${(format === 'json' ? compactJson : indentJson)(`[${raws.join(',')}]`)}\n`);
  throwJoined(errors);
}

function parse(format: string): Template {
  try {
    return new Template(format);
  } catch (error) {
    throw new ExitError(64, `template parsing error: ${messageOf(error)}`);
  }
}

function render(template: Template, { raw, typed }: Inspected): string {
  if (typed !== undefined) {
    try {
      return template.render(typed);
    } catch {
      // A field the struct does not know may still be in the JSON.
    }
  }
  try {
    return template.render(decodeUntyped(raw), { missingKey: 'error' });
  } catch (error) {
    throw new Error(`template parsing error: ${messageOf(error)}`);
  }
}
