/** Reads a Go template into its tree (text/template/parse). */
import { goQuote, goUnquote } from './go-quote.ts';
import { parseNumber, unquoteChar } from './template-literals.ts';
import { lexTemplate, type Token } from './template-lex.ts';
import type { Body, Command, Operand, ParsedTemplate, Pipe, TemplateNode } from './template-tree.ts';

/** Throws an Error in text/template's words. `functions` are the names that may be called. */
export function parseTemplate(source: string, functions: ReadonlySet<string>, name = ''): ParsedTemplate {
  return new Parser(source, functions, name).parse();
}

type Ending = 'end' | 'else' | 'eof';

class Parser {
  readonly #source: string;
  readonly #functions: ReadonlySet<string>;
  readonly #name: string;
  readonly #tokens: Token[];
  readonly #defined = new Map<string, Body>();
  #next = 0;
  #variables: string[] = ['$'];
  #rangeDepth = 0;

  constructor(source: string, functions: ReadonlySet<string>, name: string) {
    this.#source = source;
    this.#functions = functions;
    this.#name = name;
    this.#tokens = lexTemplate(source);
  }

  parse(): ParsedTemplate {
    const { body, ending } = this.#list();
    if (ending !== 'eof') throw this.#error(`unexpected {{${ending}}}`);
    return { name: this.#name, source: this.#source, body, defined: this.#defined };
  }

  #list(): { body: Body; ending: Ending } {
    const body: TemplateNode[] = [];
    for (;;) {
      const token = this.#take();
      if (token.kind === 'text') body.push({ kind: 'text', text: token.text });
      else if (token.kind === 'eof') return { body, ending: 'eof' };
      else if (token.kind !== 'left') throw this.#unexpected(token, 'input');
      else {
        const node = this.#action();
        if (typeof node === 'string') return { body, ending: node };
        if (node !== undefined) body.push(node);
      }
    }
  }

  #action(): TemplateNode | Ending | undefined {
    const token = this.#peekWord();
    if (token.kind !== 'keyword') {
      const pipe = this.#pipeline('command', 'right');
      return { kind: 'action', pipe };
    }
    this.#takeWord();
    switch (token.text) {
      case 'end':
        this.#expect('right', 'end');
        return 'end';
      case 'else': {
        const following = this.#peekWord();
        // `else if` and `else with` are left for the control that owns them.
        if (following.kind === 'keyword' && (following.text === 'if' || following.text === 'with')) return 'else';
        this.#expect('right', 'else');
        return 'else';
      }
      case 'if':
      case 'with':
      case 'range':
        return this.#control(token.text, token.at);
      case 'break':
      case 'continue':
        if (this.#rangeDepth === 0) throw this.#error(`{{${token.text}}} outside {{range}}`);
        this.#expect('right', `{{${token.text}}}`);
        return { kind: token.text };
      case 'template': {
        const { at } = this.#peekWord();
        const name = this.#templateName('template clause');
        const pipe = this.#peekWord().kind === 'right' ? undefined : this.#pipeline('template clause', 'right');
        if (pipe === undefined) this.#expect('right', 'template clause');
        return { kind: 'template', name, pipe, at };
      }
      case 'define':
        this.#define(this.#templateName('define clause'));
        return undefined;
      default: {
        const name = this.#templateName('block clause');
        const pipe = this.#pipeline('block clause', 'right');
        const outer = this.#variables;
        this.#variables = ['$'];
        const { body, ending } = this.#list();
        if (ending !== 'end') throw this.#error(`unexpected {{${ending}}} in block clause`);
        this.#variables = outer;
        this.#defined.set(name, body);
        return { kind: 'template', name, pipe, at: token.at };
      }
    }
  }

  #define(name: string): void {
    this.#expect('right', 'define clause');
    const outer = this.#variables;
    this.#variables = ['$'];
    const { body, ending } = this.#list();
    if (ending !== 'end')
      throw this.#error(ending === 'eof' ? 'unexpected EOF' : `unexpected {{${ending}}} in define clause`);
    this.#variables = outer;
    this.#defined.set(name, body);
  }

  #templateName(context: string): string {
    const token = this.#takeWord();
    if (token.kind !== 'string') throw this.#unexpected(token, context);
    return goUnquote(token.text);
  }

  #control(kind: 'if' | 'with' | 'range', at: number): TemplateNode {
    const scope = this.#variables.length;
    const pipe = this.#pipeline(kind, 'right');
    if (kind === 'range') this.#rangeDepth++;
    const { body, ending } = this.#list();
    if (kind === 'range') this.#rangeDepth--;
    let otherwise: Body | undefined;
    if (ending === 'else') {
      const following = this.#peekWord();
      if (following.kind === 'keyword' && following.text === kind && kind !== 'range') {
        this.#takeWord();
        otherwise = [this.#control(kind, following.at)];
        this.#variables.length = scope;
        return { kind, pipe, body, otherwise, at };
      }
      const rest = this.#list();
      if (rest.ending !== 'end')
        throw this.#error(rest.ending === 'eof' ? 'unexpected EOF' : `expected end; found {{${rest.ending}}}`);
      otherwise = rest.body;
    } else if (ending === 'eof') throw this.#error('unexpected EOF');
    this.#variables.length = scope;
    return { kind, pipe, body, otherwise, at };
  }

  #pipeline(context: string, end: 'right' | ')'): Pipe {
    const at = this.#peekWord().at;
    const { declared, assigns } = this.#declarations(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.#takeWord();
      if (token.kind === end) break;
      if (!startsOperand(token)) throw this.#unexpected(token, context);
      this.#next--;
      commands.push(this.#command());
    }
    if (commands.length === 0) throw this.#error(`missing value for ${context}`);
    for (const [index, { operands }] of commands.entries()) {
      const first = operands[0]!;
      if (index > 0 && (first.kind === 'constant' || first.kind === 'dot' || first.kind === 'nil')) {
        throw this.#error(`non executable command in pipeline stage ${index + 1}`);
      }
    }
    const start = declared.length === 0 ? '' : `${declared.join(', ')} ${assigns ? '=' : ':='} `;
    return { declared, assigns, commands, text: start + commands.map((command) => command.text).join(' | '), at };
  }

  /** `$i, $v :=` at the start of a pipeline. */
  #declarations(context: string): { declared: string[]; assigns: boolean } {
    const start = this.#next;
    const declared: string[] = [];
    for (;;) {
      const variable = this.#peekWord();
      if (variable.kind !== 'variable') break;
      this.#takeWord();
      const after = this.#peekWord();
      if (after.kind === ':=' || after.kind === '=') {
        this.#takeWord();
        declared.push(variable.text);
        if (after.kind === ':=') this.#variables.push(...declared);
        else for (const name of declared) this.#checkVariable(name);
        return { declared, assigns: after.kind === '=' };
      }
      if (after.kind !== ',') break;
      this.#takeWord();
      if (context !== 'range' || declared.length > 0) throw this.#error(`too many declarations in ${context}`);
      if (!['variable', 'right', ')'].includes(this.#peekWord().kind))
        throw this.#error('range can only initialize variables');
      declared.push(variable.text);
    }
    this.#next = start;
    return { declared: [], assigns: false };
  }

  #command(): Command {
    const at = this.#peekWord().at;
    const operands: Operand[] = [];
    for (;;) {
      this.#skipSpace();
      const operand = this.#operand();
      if (operand !== undefined) operands.push(operand);
      const token = this.#take();
      if (token.kind === 'space') continue;
      if (token.kind === 'right' || token.kind === ')') this.#next--;
      else if (token.kind !== 'pipe') throw this.#unexpected(token, 'operand');
      break;
    }
    if (operands.length === 0) throw this.#error('empty command');
    return { operands, text: operands.map((o) => (o.kind === 'pipe' ? `(${o.text})` : o.text)).join(' '), at };
  }

  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined || this.#peek().kind !== 'field') return term;
    // Go gives the whole chain the place of its second field.
    const at = this.#peek().at;
    const names: string[] = [];
    while (this.#peek().kind === 'field') names.push(this.#take().text.slice(1));
    const suffix = names.map((name) => `.${name}`).join('');
    if (term.kind === 'field' || term.kind === 'variable') {
      return { ...term, names: [...term.names, ...names], text: term.text + suffix, at };
    }
    if (term.kind === 'constant' || term.kind === 'dot' || term.kind === 'nil') {
      throw this.#error(`unexpected . after term ${goQuote(term.text)}`);
    }
    return {
      kind: 'chain',
      of: term,
      names,
      text: `${term.kind === 'pipe' ? `(${term.text})` : term.text}${suffix}`,
      at,
    };
  }

  #term(): Operand | undefined {
    const token = this.#take();
    const { text, at } = token;
    switch (token.kind) {
      case 'identifier':
        if (!this.#functions.has(text)) throw this.#error(`function ${goQuote(text)} not defined`);
        return { kind: 'function', name: text, text, at };
      case 'dot':
      case 'nil':
        return { kind: token.kind, text, at };
      case 'field':
        return { kind: 'field', names: [text.slice(1)], text, at };
      case 'variable':
        this.#checkVariable(text);
        return { kind: 'variable', names: [text], text, at };
      case 'bool':
        return { kind: 'constant', value: text === 'true', text, at };
      case 'number':
        return {
          kind: 'constant',
          value: this.#literal(() => parseNumber(text)),
          text,
          at,
        };
      case 'char':
        return {
          kind: 'constant',
          value: this.#literal(() => unquoteChar(text)),
          text,
          at,
        };
      case 'string':
        return { kind: 'constant', value: this.#literal(() => goUnquote(text)), text, at };
      case '(':
        return { kind: 'pipe', ...this.#pipeline('parenthesized pipeline', ')') };
      default:
        this.#next--;
        return undefined;
    }
  }

  #literal<T>(parse: () => T): T {
    try {
      return parse();
    } catch (error) {
      throw this.#error((error as Error).message);
    }
  }

  #checkVariable(name: string): void {
    if (!this.#variables.includes(name)) throw this.#error(`undefined variable ${goQuote(name)}`);
  }

  #peek(): Token {
    return this.#tokens[this.#next] ?? this.#tokens.at(-1)!;
  }

  #take(): Token {
    const token = this.#peek();
    this.#next++;
    return token;
  }

  #skipSpace(): void {
    if (this.#peek().kind === 'space') this.#next++;
  }

  #peekWord(): Token {
    this.#skipSpace();
    return this.#peek();
  }

  #takeWord(): Token {
    this.#skipSpace();
    return this.#take();
  }

  #expect(kind: Token['kind'], context: string): void {
    const token = this.#takeWord();
    if (token.kind !== kind) throw this.#unexpected(token, context);
  }

  #unexpected(token: Token, context: string): Error {
    if (token.kind === 'error') return this.#error(token.text);
    if (token.kind === 'eof') return this.#error('unexpected EOF');
    const shown =
      token.kind === 'keyword' || token.kind === 'dot' || token.kind === 'nil'
        ? `<${token.text}>`
        : token.text.length > 10
          ? `${goQuote(token.text.slice(0, 10))}...`
          : goQuote(token.text);
    return this.#error(`unexpected ${shown} in ${context}`);
  }

  #error(message: string): Error {
    const at = this.#tokens[Math.min(this.#next, this.#tokens.length) - 1]?.at ?? 0;
    const line = this.#source.slice(0, at).split('\n').length;
    return new Error(`template: ${this.#name}:${line}: ${message}`);
  }
}

const startsOperand = (token: Token): boolean =>
  ['bool', 'char', 'dot', 'field', 'identifier', 'number', 'nil', 'string', 'variable', '('].includes(token.kind);
