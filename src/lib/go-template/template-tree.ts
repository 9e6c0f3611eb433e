/** What a Go template is parsed into. Positions and source text are kept for error messages. */
import type { GoFloat } from './go-value.ts';

/** An operand or a whole `{{ }}`; `text` is how Go prints the node in errors, `at` its offset in the template. */
export type Operand =
  | { readonly kind: 'dot' | 'nil'; readonly text: string; readonly at: number }
  | {
      readonly kind: 'constant';
      readonly value: string | number | bigint | boolean | GoFloat;
      readonly text: string;
      readonly at: number;
    }
  | {
      readonly kind: 'field' | 'variable';
      readonly names: readonly string[];
      readonly text: string;
      readonly at: number;
    }
  | { readonly kind: 'function'; readonly name: string; readonly text: string; readonly at: number }
  | {
      readonly kind: 'chain';
      readonly of: Operand;
      readonly names: readonly string[];
      readonly text: string;
      readonly at: number;
    }
  | ({ readonly kind: 'pipe' } & Pipe);

export interface Pipe {
  /** Variables set by it. */
  readonly declared: readonly string[];
  /** `=` rather than `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly Command[];
  readonly text: string;
  readonly at: number;
}

export interface Command {
  readonly operands: readonly Operand[];
  readonly text: string;
  readonly at: number;
}

export type TemplateNode =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'action'; readonly pipe: Pipe }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipe: Pipe;
      readonly body: Body;
      readonly otherwise: Body | undefined;
      readonly at: number;
    }
  | { readonly kind: 'template'; readonly name: string; readonly pipe: Pipe | undefined; readonly at: number }
  | { readonly kind: 'break' | 'continue' };

export type Body = readonly TemplateNode[];

export interface ParsedTemplate {
  readonly name: string;
  readonly source: string;
  readonly body: Body;
  /** Templates it defines by `define` and `block`. */
  readonly defined: ReadonlyMap<string, Body>;
}
