// One Markdown file of a lesson: front matter, then an introduction, then a step from each second-level heading on.

import type { Heading, List, ListItem, RootContent } from 'mdast';
import type { ContainerDirective } from 'mdast-util-directive';
import { toString } from 'mdast-util-to-string';
import { LessonError } from './lesson-error.ts';
import { keys, type Answer, type Block, type Key, type LessonText, type Locale, type StepText } from './lesson.ts';
import { frontMatterSchema, parseYaml } from './manifest.ts';
import { parseMarkdown, renderHtml, renderSentence, type MarkdownNode } from './markdown.ts';

/** Throws a LessonError that names the file, the lines and what is wrong. */
export function parseText(source: string, path: string, locale: Locale): LessonText {
  const [, yaml, markdown] = /^---\r?\n([^]*?)\r?\n---\r?\n([^]*)$/.exec(source) ?? [];
  if (yaml === undefined)
    throw new LessonError([`${path}: does not begin with front matter (---, title, summary, ---)`]);
  const front = parseYaml(frontMatterSchema, yaml, path);
  const firstLine = yaml.split('\n').length + 3;
  return new TextParser(path, firstLine).parse(locale, front, markdown!);
}

class TextParser {
  readonly #path: string;
  readonly #firstLine: number;
  readonly #problems: string[] = [];

  constructor(path: string, firstLine: number) {
    this.#path = path;
    this.#firstLine = firstLine;
  }

  parse(locale: Locale, { title, summary }: { title: string; summary: string }, markdown: string): LessonText {
    const { children } = parseMarkdown(markdown);
    const isStep = (node: RootContent): node is Heading => node.type === 'heading' && node.depth === 2;
    const starts = children.flatMap((node, index) => (isStep(node) ? [index] : []));
    const intro = renderHtml(children.slice(0, starts[0] ?? children.length));
    const steps = starts.map((start, index) =>
      this.#step(children[start] as Heading, children.slice(start + 1, starts[index + 1])),
    );
    if (this.#problems.length > 0) throw new LessonError(this.#problems);
    return { locale, title, summary, intro, steps };
  }

  #step(heading: Heading, nodes: readonly RootContent[]): StepText {
    const [, title, id] = /^(.*?)\s*\{#([\w-]+)\}$/.exec(toString(heading)) ?? [];
    if (title === undefined) this.#wrong(heading, 'a step’s heading ends with its id: ## Title {#id}');
    const blocks: Block[] = [];
    const missing: Record<string, string> = {};
    let text: RootContent[] = [];
    const endText = (): void => {
      if (text.length > 0) blocks.push({ type: 'text', html: renderHtml(text) });
      text = [];
    };
    for (const node of nodes) {
      if (node.type === 'containerDirective' && node.name === 'missing') {
        Object.assign(missing, this.#missing(node));
        continue;
      }
      const block = this.#block(node);
      if (!block) {
        text.push(node);
        continue;
      }
      endText();
      blocks.push(block);
    }
    endText();
    return { id: id ?? '', title: title ?? '', blocks, missing };
  }

  /** What is more than text; undefined for text. */
  #block(node: RootContent): Block | undefined {
    if (node.type === 'code' && node.lang === 'run') {
      const [, number] = /^terminal=([1-9])$/.exec(node.meta ?? 'terminal=1') ?? [];
      if (number === undefined) this.#wrong(node, '```run may be followed by terminal=1 to 9 and nothing else');
      return { type: 'command', command: node.value, terminal: Number(number) };
    }
    if (node.type === 'code' && node.lang === 'keys') {
      const pressed = node.value.trim().split(/\s+/);
      for (const key of pressed.filter((name) => !(name in keys))) {
        this.#wrong(node, `there is no key ${key}: ${Object.keys(keys).join(', ')}`);
      }
      return { type: 'keys', keys: pressed as Key[] };
    }
    if (node.type !== 'containerDirective') {
      if (node.type === 'leafDirective') this.#wrong(node, `::${node.name} means nothing`);
      return undefined;
    }
    if (node.name === 'hint') return { type: 'hint', html: renderHtml(node.children) };
    if (node.name === 'quiz') return this.#quiz(node);
    this.#wrong(node, `:::${node.name} means nothing: there are :::hint, :::quiz and :::missing`);
    return undefined;
  }

  #quiz(node: ContainerDirective): Block {
    const list = node.children.at(-1);
    const question = renderHtml(node.children.slice(0, -1));
    const answers = list?.type === 'list' ? list.children.map((item) => this.#answer(item)) : [];
    if (question === '' || answers.length < 2 || answers.filter(({ correct }) => correct).length === 0) {
      this.#wrong(node, 'a quiz is a question, then a list of at least two answers, the right ones with [x]');
    }
    return { type: 'quiz', question, answers };
  }

  /** `[x] answer`, then paragraphs that explain it. */
  #answer(item: ListItem): Answer {
    const [first, ...explanation] = item.children;
    const [mark] = first?.type === 'paragraph' ? first.children : [];
    const [box] = (mark?.type === 'text' && /^\[[ x]\]\s+/.exec(mark.value)) || [];
    if (box === undefined || first?.type !== 'paragraph' || mark?.type !== 'text') {
      this.#wrong(item, 'an answer begins with [ ] or [x]');
      return { html: '', correct: false, explanation: '' };
    }
    if (explanation.length === 0) this.#wrong(item, 'an answer is followed by a paragraph that explains it');
    const rest = [{ ...mark, value: mark.value.slice(box.length) }, ...first.children.slice(1)];
    return { html: renderSentence(rest), correct: box.includes('x'), explanation: renderHtml(explanation) };
  }

  /** A list of `name`: sentence. */
  #missing(node: ContainerDirective): Record<string, string> {
    const lists = node.children.filter((child): child is List => child.type === 'list');
    if (lists.length !== node.children.length) this.#wrong(node, ':::missing holds a list only');
    const sentences: Record<string, string> = {};
    for (const item of lists.flatMap(({ children }) => children)) {
      const [paragraph] = item.children;
      const [name, separator, ...rest] = paragraph?.type === 'paragraph' ? paragraph.children : [];
      const [colon] = (separator?.type === 'text' && /^[:：]\s*/.exec(separator.value)) || [];
      if (name?.type !== 'inlineCode' || colon === undefined || separator?.type !== 'text') {
        this.#wrong(item, 'a missing condition is `its-name`: and what to say');
        continue;
      }
      const sentence = [{ ...separator, value: separator.value.slice(colon.length) }, ...rest];
      sentences[name.value] = renderSentence(sentence);
    }
    return sentences;
  }

  #wrong(node: MarkdownNode, problem: string): void {
    const line = (node.position?.start.line ?? 1) + this.#firstLine - 1;
    this.#problems.push(`${this.#path}:${line}: ${problem}`);
  }
}
