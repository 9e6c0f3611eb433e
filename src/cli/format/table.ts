/** Lists of things, rendered row by row from a `--format` (docker/cli's formatter). */
import { GoNil, GoStruct } from '../../lib/go-template/go-value.ts';
import { alignTabs } from './tabwriter.ts';
import { headerFunctions } from '../../lib/go-template/template-functions.ts';
import { Template } from '../../lib/go-template/template.ts';

/** `table …`, `json`, or a plain template. `headers` name the columns by field. Throws what Docker says of bad ones. */
export function renderRows(
  format: string,
  headers: Readonly<Record<string, string>>,
  rows: readonly GoStruct[],
): string {
  const isTable = format.startsWith('table');
  const source = isTable ? format.slice('table'.length) : format === 'json' ? '{{json .}}' : format;
  const template = wrapErrors(
    () =>
      new Template(
        source
          .replace(/^ +| +$/g, '')
          .replaceAll('\\t', '\t')
          .replaceAll('\\n', '\n'),
      ),
  );
  const body = rows.map((row) => `${wrapErrors(() => template.render(row))}\n`).join('');
  if (!isTable) return body;
  const header = new GoStruct(
    'formatter.SubHeaderContext',
    { ...headers, Label: (name: unknown) => String(name).split('.').at(-1)!.replace(/[-_]/g, ' ') },
    { missing: 'no value' },
  );
  return alignTabs(`${renderHeader(template, header)}\n${body}`, { minWidth: 10, padding: 3 });
}

/** Go writes as much of a header as it could before it failed; nothing of it is as good. */
function renderHeader(template: Template, header: GoStruct): string {
  try {
    return template.render(header, { functions: headerFunctions });
  } catch {
    return '';
  }
}

function wrapErrors<T>(run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw new Error(`template parsing error: ${(error as Error).message}`);
  }
}

/** A row whose columns are methods, as docker/cli's contexts are; `json .` marshals those without parameters by name. */
export function tableRow(typeName: string, columns: Readonly<Record<string, (...args: never[]) => unknown>>): GoStruct {
  return new GoStruct(typeName, columns, {
    escapesHtml: true,
    json: () => {
      const names = Object.keys(columns)
        .filter((name) => columns[name]!.length === 0)
        .sort();
      const valueOf = (name: string): unknown => {
        const value = (columns[name] as () => unknown)();
        return value instanceof GoNil ? null : value;
      };
      return Object.fromEntries(names.map((name) => [name, valueOf(name)]));
    },
  });
}
