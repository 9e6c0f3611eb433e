// Markdown to its tree, and trees to HTML that is safe in the page: raw HTML of a lesson is left out, and what remains
// is held to GitHub's list of elements and attributes.

import { defaultSchema, sanitize } from 'hast-util-sanitize';
import { toHtml } from 'hast-util-to-html';
import type { BlockContent, DefinitionContent, PhrasingContent, Root, RootContent } from 'mdast';
import { directiveFromMarkdown } from 'mdast-util-directive';
import { fromMarkdown } from 'mdast-util-from-markdown';
import { gfmTableFromMarkdown } from 'mdast-util-gfm-table';
import { toHast } from 'mdast-util-to-hast';
import { cjkFriendlyExtension } from 'micromark-extension-cjk-friendly';
import { directive } from 'micromark-extension-directive';
import { gfmTable } from 'micromark-extension-gfm-table';

export type MarkdownNode = RootContent | BlockContent | DefinitionContent | PhrasingContent;

export function parseMarkdown(text: string): Root {
  return fromMarkdown(text, {
    // Chinese puts no spaces around emphasis, which CommonMark's own rules need beside punctuation.
    extensions: [directive(), gfmTable(), cjkFriendlyExtension()],
    mdastExtensions: [directiveFromMarkdown(), gfmTableFromMarkdown()],
  });
}

/** The nodes as sanitised HTML. */
export function renderHtml(nodes: readonly MarkdownNode[]): string {
  const tree = toHast({ type: 'root', children: nodes.map(plainDirectives) });
  return toHtml(sanitize(tree, defaultSchema));
}

/** A sentence as sanitised HTML without a paragraph around it. */
export function renderSentence(children: PhrasingContent[]): string {
  return renderHtml([{ type: 'paragraph', children }]).replace(/^<p>|<\/p>$/g, '');
}

/** `a:b` in a sentence is no directive of ours: it goes back to being text. */
function plainDirectives(node: MarkdownNode): MarkdownNode {
  if (node.type === 'textDirective') {
    return { type: 'text', value: `:${node.name}${node.children.map(textOf).join('')}` };
  }
  if ('children' in node) {
    return { ...node, children: (node.children as MarkdownNode[]).map(plainDirectives) } as MarkdownNode;
  }
  return node;
}

const textOf = (node: MarkdownNode): string => ('value' in node ? node.value : '');
