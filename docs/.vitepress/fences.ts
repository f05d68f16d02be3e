/** What code blocks and tables show besides their text: file names, prompts, the labels of cells. */

type ShikiTransformer = NonNullable<MarkdownOptions['codeTransformers']>[number];

import type { MarkdownOptions, MarkdownRenderer } from 'vitepress';

/** Shows the file name of a block: above it, or beside it in a group, whose tabs have names of their own. */
export function fencesPlugin(md: MarkdownRenderer): void {
  md.core.ruler.push('file-names', ({ tokens }) => {
    let isInGroup = false;
    for (const token of tokens) {
      if (token.type.startsWith('container_code-group_')) isInGroup = token.nesting === 1;
      const [, label] = /\[(.*)\]/.exec(token.type === 'fence' ? token.info : '') ?? [];
      if (!label) continue;
      const [tab = '', file] = isInGroup ? label.split(': ') : ['', label];
      token.info = token.info.replace(/\s*\[.*\]/, tab && ` [${tab}]`);
      token.meta = { file, isInGroup };
    }
  });

  const { fence } = md.renderer.rules;
  md.renderer.rules.fence = (tokens, index, ...rest) => {
    const { file, isInGroup } = tokens[index]?.meta ?? {};
    const html = fence?.(tokens, index, ...rest) ?? '';
    if (!file) return html;
    const name = md.utils.escapeHtml(file);
    if (isInGroup)
      return html.replace(/<span class="lang">.*?<\/span>/, `<span class="lang">${name}</span>`);
    return `<div class="file"><div class="file-name">${name}</div>${html}</div>`;
  };
}

/** Ends the block after a server: pasted with it, the next command comes before the server listens. */
export function serversPlugin(md: MarkdownRenderer): void {
  md.core.ruler.push('servers', (state) => {
    state.tokens = state.tokens.flatMap((token) => {
      if (token.type !== 'fence' || token.info.trim() !== 'console') return token;
      const { type, tag, nesting } = token;
      return token.content
        .split(/(?<= &\n)(?=\$ )/)
        .map((content) => Object.assign(new state.Token(type, tag, nesting), token, { content }));
    });
  });
}

/**
 * In a transcript, only commands are for the clipboard: what follows `$ `, and lines that continue them.
 * VitePress copies no `.vp-copy-ignore`.
 */
export const transcripts: ShikiTransformer = {
  name: 'transcripts',
  code(code) {
    if (this.options.lang !== 'console') return;
    const copied: Child[] = [];
    let continues = false;
    const lines = code.children.filter(({ type }) => type === 'element');
    code.children = lines.flatMap((line, index) => {
      const text = textOf(line);
      const [prompt = ''] = (index > 0 ? /^[$>] / : /^\$ /).exec(text) ?? [];
      const isCommand = continues || prompt !== '';
      continues = isCommand && text.endsWith('\\');
      const end: Child = { type: 'text', value: '\n' };
      const before = index === 0 ? [] : [isCommand && copied.length > 0 ? end : ignored([end])];
      // The grammar knows no output, and takes a continued line for it.
      if (!prompt && line.type === 'element') line.children = [{ type: 'text', value: text }];
      if (!isCommand) return [...before, ignored([line], 'output')];
      copied.push(line);
      cut(line, prompt.length);
      const shown = prompt ? [ignored([{ type: 'text', value: prompt }], 'prompt')] : [];
      return [...before, ...shown, line];
    });
  },
};

type Parent = Parameters<NonNullable<ShikiTransformer['code']>>[0];
type Child = Parent['children'][number];

function ignored(children: Child[], name = ''): Child {
  const properties = { class: `vp-copy-ignore ${name}`.trim() };
  return { type: 'element', tagName: 'span', properties, children } as Child;
}

function textOf(node: Child): string {
  if (node.type === 'text') return node.value;
  return node.type === 'element'
    ? node.children.map((child) => textOf(child as Child)).join('')
    : '';
}

/** Removes the first characters of the text. */
function cut(node: Child, count: number): number {
  if (node.type === 'text') {
    const { length } = node.value;
    node.value = node.value.slice(count);
    return Math.max(0, count - length);
  }
  if (node.type !== 'element') return count;
  return node.children.reduce((left, child) => (left > 0 ? cut(child as Child, left) : 0), count);
}

/** For narrow screens, where a row is a block: cells know the heading of their column, and align by class. */
export function tablesPlugin(md: MarkdownRenderer): void {
  md.core.ruler.push('cells', ({ tokens }) => {
    let labels: string[] = [];
    let column = 0;
    for (const [index, token] of tokens.entries()) {
      if (token.type === 'table_open') labels = [];
      if (token.type === 'tr_open') column = 0;
      if (token.type !== 'th_open' && token.type !== 'td_open') continue;
      if (token.type === 'th_open') labels.push(plain(tokens[index + 1]?.children));
      const label = labels[column++];
      const isNamed = token.type === 'td_open' && column > 1 && labels.length > 2;
      if (isNamed && label) token.attrSet('data-label', label);
      if (!token.attrGet('style')?.endsWith('right')) continue;
      token.attrs = token.attrs?.filter(([name]) => name !== 'style') ?? null;
      token.attrSet('class', 'right');
    }
  });
}

function plain(tokens: ReadonlyArray<{ content: string }> | null | undefined): string {
  return (tokens ?? []).map(({ content }) => content).join('');
}
