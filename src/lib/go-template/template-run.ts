/** Walks a template's tree with a value at hand (text/template/exec.go). Errors are in Go's words. */
import { goQuote } from './go-quote.ts';
import { GoNil, goString, GoStruct, isMap, isTrue, sortedKeys, typeName, type Method } from './go-value.ts';
import type { TemplateFunction } from './template-functions.ts';
import type { Body, Command, Operand, ParsedTemplate, Pipe } from './template-tree.ts';

interface Variable {
  readonly name: string;
  value: unknown;
}

interface Place {
  readonly at: number;
  readonly text: string;
}

/** Thrown to leave a range's body. */
class Leave extends Error {
  readonly kind: 'break' | 'continue';

  constructor(kind: 'break' | 'continue') {
    super(kind);
    this.kind = kind;
  }
}

/** Where Go stands when it has evaluated an operand. */
function lastOf(operand: Operand): Place {
  if (operand.kind !== 'pipe') return operand;
  const { operands } = operand.commands.at(-1)!;
  return lastOf(operands.at(-1)!);
}

/** Stands for "no value piped in", which nil is not. */
const none = Symbol('none');

/** One rendering: the state text/template keeps while it walks the tree. */
export class Run {
  output = '';
  readonly #template: ParsedTemplate;
  readonly #functions: Readonly<Record<string, TemplateFunction>>;
  readonly #missingIsError: boolean;
  #depth = 0;

  constructor(
    template: ParsedTemplate,
    functions: Readonly<Record<string, TemplateFunction>>,
    missingIsError: boolean,
  ) {
    this.#template = template;
    this.#functions = functions;
    this.#missingIsError = missingIsError;
  }

  body(body: Body, dot: unknown, variables: Variable[]): void {
    for (const node of body) {
      switch (node.kind) {
        case 'text':
          this.output += node.text;
          break;
        case 'action': {
          const value = this.#pipe(node.pipe, dot, variables);
          // A declaration prints nothing; a nil interface is no value at all.
          if (node.pipe.declared.length === 0) this.output += goString(value ?? undefined);
          break;
        }
        case 'if':
        case 'with': {
          const scope = [...variables];
          const value = this.#pipe(node.pipe, dot, scope);
          if (isTrue(value)) this.body(node.body, node.kind === 'with' ? value : dot, scope);
          else if (node.otherwise !== undefined) this.body(node.otherwise, dot, scope);
          break;
        }
        case 'range':
          this.#range(node, dot, variables);
          break;
        case 'template':
          this.#invoke(node, dot, variables);
          break;
        default:
          throw new Leave(node.kind);
      }
    }
  }

  #invoke(node: { name: string; pipe: Pipe | undefined; at: number }, dot: unknown, variables: Variable[]): void {
    const body = this.#template.defined.get(node.name);
    const argument = node.pipe === undefined ? '' : ` ${node.pipe.text}`;
    const place = { at: node.at, text: `{{template ${goQuote(node.name)}${argument}}}` };
    if (body === undefined) throw this.#error(place, `template ${goQuote(node.name)} not defined`);
    if (++this.#depth > 1000) throw this.#error(place, 'exceeded maximum template depth (100000)');
    const value = node.pipe === undefined ? undefined : this.#pipe(node.pipe, dot, variables);
    this.body(body, value, [{ name: '$', value }]);
    this.#depth--;
  }

  #range(node: { pipe: Pipe; body: Body; otherwise: Body | undefined }, dot: unknown, variables: Variable[]): void {
    const scope = [...variables];
    const value = this.#pipe({ ...node.pipe, declared: [] }, dot, scope);
    const [first, second] = node.pipe.declared;
    const items = this.#items(value, node.pipe);
    if (items.length === 0 && node.otherwise !== undefined) return this.body(node.otherwise, dot, scope);
    for (const [key, item] of items) {
      const inner = [...scope];
      const bind = (name: string, bound: unknown): void => {
        if (node.pipe.assigns) this.#assign(name, bound, inner);
        else inner.push({ name, value: bound });
      };
      if (first !== undefined) bind(first, second === undefined ? item : key);
      if (second !== undefined) bind(second, item);
      try {
        this.body(node.body, item, inner);
      } catch (leave) {
        if (!(leave instanceof Leave)) throw leave;
        if (leave.kind === 'break') break;
      }
    }
  }

  #items(value: unknown, place: Place): [unknown, unknown][] {
    if (value === null || value === undefined || value instanceof GoNil) return [];
    if (Array.isArray(value)) return value.map((item: unknown, at) => [at, item]);
    if (isMap(value)) return sortedKeys(value).map((key) => [key, value[key]]);
    if (typeof value === 'number' && Number.isInteger(value)) return Array.from({ length: value }, (_, at) => [at, at]);
    throw this.#error(place, `range can't iterate over ${goString(value)}`);
  }

  #pipe(pipe: Pipe, dot: unknown, variables: Variable[]): unknown {
    let value: unknown = none;
    for (const command of pipe.commands) value = this.#command(command, dot, variables, value) ?? undefined;
    const result = value === none ? undefined : value;
    for (const name of pipe.declared) {
      if (pipe.assigns) this.#assign(name, result, variables);
      else variables.push({ name, value: result });
    }
    return result;
  }

  #assign(name: string, value: unknown, variables: Variable[]): void {
    variables.findLast((variable) => variable.name === name)!.value = value;
  }

  #command(command: Command, dot: unknown, variables: Variable[], piped: unknown): unknown {
    const [first, ...args] = command.operands;
    const operand = first!;
    switch (operand.kind) {
      case 'field':
        return this.#fields(dot, operand.names, operand, args, dot, variables, piped);
      case 'chain':
        return this.#fields(
          this.#operand(operand.of, dot, variables),
          operand.names,
          lastOf(operand.of),
          args,
          dot,
          variables,
          piped,
        );
      case 'variable': {
        const value = this.#variable(operand.names[0]!, variables);
        if (operand.names.length > 1)
          return this.#fields(value, operand.names.slice(1), operand, args, dot, variables, piped);
        this.#noArguments(operand, args, piped);
        return value;
      }
      case 'function':
        return this.#call(operand.name, command, args, dot, variables, piped);
      default:
        this.#noArguments(operand, args, piped);
        if (operand.kind === 'nil') throw this.#error(operand, 'nil is not a command');
        return this.#operand(operand, dot, variables);
    }
  }

  #noArguments(operand: Operand, args: readonly Operand[], piped: unknown): void {
    if (args.length === 0 && piped === none) return;
    throw this.#error(operand, `can't give argument to non-function ${operand.text}`);
  }

  #operand(operand: Operand, dot: unknown, variables: Variable[]): unknown {
    switch (operand.kind) {
      case 'dot':
        return dot;
      case 'nil':
        return null;
      case 'constant':
        return operand.value;
      case 'pipe':
        return this.#pipe(operand, dot, variables);
      default:
        return this.#command({ operands: [operand], text: operand.text, at: operand.at }, dot, variables, none);
    }
  }

  /** An argument of a method; all that take any take strings. */
  #argument(operand: Operand, dot: unknown, variables: Variable[]): unknown {
    if (operand.kind === 'constant' && typeof operand.value !== 'string')
      throw this.#error(operand, `expected string; found ${operand.text}`);
    return this.#operand(operand, dot, variables);
  }

  #variable(name: string, variables: Variable[]): unknown {
    return variables.findLast((variable) => variable.name === name)!.value;
  }

  /** `.A.B.C arguments`: only the last may be a method with arguments. */
  #fields(
    receiver: unknown,
    names: readonly string[],
    place: Place,
    args: readonly Operand[],
    dot: unknown,
    variables: Variable[],
    piped: unknown,
  ): unknown {
    let value = receiver;
    for (const [at, name] of names.entries()) {
      const isLast = at === names.length - 1;
      value = this.#field(
        value,
        name,
        place,
        isLast ? args.map((arg) => () => this.#argument(arg, dot, variables)) : [],
        isLast ? piped : none,
      );
    }
    return value;
  }

  #field(receiver: unknown, name: string, place: Place, args: readonly (() => unknown)[], piped: unknown): unknown {
    if (receiver === undefined || receiver === null) {
      if (this.#missingIsError) throw this.#error(place, `nil data; no entry for key ${goQuote(name)}`);
      return undefined;
    }
    if (receiver instanceof GoNil) throw this.#error(place, `nil pointer evaluating ${receiver.typeName}.${name}`);
    const given = args.length > 0 || piped !== none;
    if (receiver instanceof GoStruct) {
      if (receiver.has(name)) {
        const member = receiver.get(name);
        if (typeof member === 'function') return this.#method(member as Method, name, place, args, piped);
        if (given) throw this.#error(place, `${name} has arguments but cannot be invoked as function`);
        return member;
      }
      if (receiver.missing === 'no value') return undefined;
    } else if (isMap(receiver)) {
      if (given) throw this.#error(place, `${name} is not a method but has arguments`);
      if (Object.hasOwn(receiver, name)) return receiver[name];
      if (this.#missingIsError) throw this.#error(place, `map has no entry for key ${goQuote(name)}`);
      return undefined;
    }
    // What came out of untyped JSON has no type but that of all.
    const type = this.#missingIsError ? 'interface {}' : typeName(receiver);
    throw this.#error(place, `can't evaluate field ${name} in type ${type}`);
  }

  #method(method: Method, name: string, place: Place, args: readonly (() => unknown)[], piped: unknown): unknown {
    const given = args.length + (piped === none ? 0 : 1);
    if (given !== method.length)
      throw this.#error(place, `wrong number of args for ${name}: want ${method.length} got ${given}`);
    return method(...args.map((arg) => arg()), ...(piped === none ? [] : [piped]));
  }

  #call(
    name: string,
    command: Command,
    args: readonly Operand[],
    dot: unknown,
    variables: Variable[],
    piped: unknown,
  ): unknown {
    if (name === 'and' || name === 'or') return this.#shortCircuit(name, command, args, dot, variables, piped);
    const { params, variadic = false, call } = this.#functions[name]!;
    const total = args.length + (piped === none ? 0 : 1);
    if (name === 'call' && args.length > 0) {
      const callee = args[0]!;
      const type = typeName(this.#operand(callee, dot, variables));
      throw this.#error(command, `error calling call: non-function ${callee.text} of type ${type}`);
    }
    const least = variadic ? params.length - 1 : params.length;
    if (total < least || (total > least && !variadic)) {
      const want = variadic ? `at least ${least}` : String(params.length);
      throw this.#error(command.operands[0]!, `wrong number of args for ${name}: want ${want} got ${total}`);
    }
    const places: Place[] = [...args, ...(piped === none ? [] : [command])];
    const values = places.map((place, at) => {
      const param = params[Math.min(at, params.length - 1)]!;
      const value = at < args.length ? this.#operand(args[at]!, dot, variables) : piped;
      return this.#checked(value, param, place, args[at]?.kind === 'constant');
    });
    try {
      return (call as (...given: unknown[]) => unknown)(...values);
    } catch (error) {
      throw this.#error(command, `error calling ${name}: ${(error as Error).message}`);
    }
  }

  #shortCircuit(
    name: 'and' | 'or',
    command: Command,
    args: readonly Operand[],
    dot: unknown,
    variables: Variable[],
    piped: unknown,
  ): unknown {
    if (args.length === 0 && piped === none)
      throw this.#error(command, `wrong number of args for ${name}: want at least 1 got 0`);
    let value: unknown;
    for (const arg of args) {
      value = this.#operand(arg, dot, variables);
      if (isTrue(value) === (name === 'or')) return value;
    }
    return piped === none ? value : piped;
  }

  #checked(value: unknown, param: 'any' | 'string' | 'int' | 'strings', place: Place, isConstant: boolean): unknown {
    if (param === 'any') return value;
    const expected = param === 'strings' ? '[]string' : param;
    if (isConstant && param === 'strings')
      throw this.#error(place, `can't handle ${place.text} for arg of type []string`);
    if (isConstant && typeof value !== (param === 'int' ? 'number' : 'string')) {
      throw this.#error(place, `expected ${param === 'int' ? 'integer' : 'string'}; found ${place.text}`);
    }
    if (value === undefined || value === null) throw this.#error(place, `invalid value; expected ${expected}`);
    const fits =
      param === 'strings' ? Array.isArray(value) && typeName(value) === '[]string' : typeName(value) === expected;
    if (!fits) throw this.#error(place, `wrong type for value; expected ${expected}; got ${typeName(value)}`);
    return value;
  }

  #error({ at, text }: Place, message: string): Error {
    const { name, source } = this.#template;
    const before = source.slice(0, at);
    const line = before.split('\n').length;
    const bytes = new TextEncoder().encode(before.slice(before.lastIndexOf('\n') + 1)).length;
    return new Error(`template: ${name}:${line}:${bytes}: executing ${goQuote(name)} at <${text}>: ${message}`);
  }
}
