/** Go templates: parsed once, rendered for one value after another, with text/template's output and errors. */
import { builtinFunctions, type TemplateFunction } from './template-functions.ts';
import { parseTemplate } from './template-parse.ts';
import { Run } from './template-run.ts';
import type { ParsedTemplate } from './template-tree.ts';

export interface RenderOptions {
  /** `error` refuses keys a map has not; otherwise they are `<no value>`. */
  readonly missingKey?: 'error';
  /** Other meanings for the functions it was parsed with. */
  readonly functions?: Readonly<Record<string, TemplateFunction>>;
}

export class Template {
  readonly #parsed: ParsedTemplate;
  readonly #functions: Readonly<Record<string, TemplateFunction>>;

  /** Throws an Error in Go's words (`template: :1: …`). */
  constructor(
    source: string,
    { name = '', functions = {} }: { name?: string; functions?: Readonly<Record<string, TemplateFunction>> } = {},
  ) {
    this.#functions = { ...builtinFunctions, ...functions };
    this.#parsed = parseTemplate(source, new Set([...Object.keys(this.#functions), 'and', 'or']), name);
  }

  /** Throws an Error in Go's words (`template: :1:2: executing "" at <.X>: …`). */
  render(data: unknown, { missingKey, functions }: RenderOptions = {}): string {
    const run = new Run(this.#parsed, { ...this.#functions, ...functions }, missingKey === 'error');
    run.body(this.#parsed.body, data, [{ name: '$', value: data }]);
    return run.output;
  }
}
