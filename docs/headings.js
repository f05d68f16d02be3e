// TypeDoc names a document after its file; here it takes its first heading, and its folder as group.
import { Converter } from 'typedoc';

const groups = { guide: 'Guides', decisions: 'Decisions' };

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    const folder = document.name.split('/').at(-2);
    document.frontmatter.group = groups[folder] ?? 'Project';
    const [first] = document.content;
    const heading = /^# (.*)\n+/.exec(first.text);
    if (!heading) return;
    document.name = heading[1].replaceAll('`', '');
    first.text = first.text.slice(heading[0].length);
  });
}
