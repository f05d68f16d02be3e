// TypeDoc names documents and modules after their files; here a document takes its first heading and its place
// among the others, and a module the name by which it is imported, with the sentence that opens its file.
import { readFileSync } from 'node:fs';
import { Comment, Converter } from 'typedoc';

const groups = [
  ['Moving to jotkit', /guide\/migrating/],
  ['Keys', /guide\/(keys-and-rotation|remote-keys|providers)$/],
  [
    'Web servers',
    /guide\/(.*http|express|fastify|koa|hono|fetch|nestjs|websockets|header-or-cookie)$/,
  ],
  ['Sessions', /guide\/.*session/],
  ['Tokens', /guide\//],
  ['Decisions', /decisions\//],
  ['Project', /(?:)/],
];

const HEADING = /^# (.*)\n+/;

export function load({ converter }) {
  converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    [document.frontmatter.group] = groups.find(([, files]) => files.test(document.name));
    const [, heading] = HEADING.exec(document.content[0].text) ?? [];
    if (heading) document.name = heading.replaceAll('`', '');
  });

  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    // The front page shows the name of the project by itself.
    const [first] = project.readme;
    first.text = first.text.replace(HEADING, '');
    for (const module of project.children) {
      const file = module.name;
      if (file.startsWith('jotkit')) continue;
      module.name = `jotkit/${file.replace(/^adapters\/|stores\//, '').replace('-io', '.io')}`;
      const source = readFileSync(new URL(`../src/${file}.ts`, import.meta.url), 'utf8');
      const [, text] = /^\/\*\* (.*) \*\//.exec(source);
      module.comment = new Comment([{ kind: 'text', text }]);
    }
  });
}
