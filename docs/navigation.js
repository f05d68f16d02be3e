// TypeDoc names documents and modules after their files; here a document takes its first heading and its place
// among the others, and a module the name by which it is imported, with the sentence that opens its file.
import { readFileSync } from 'node:fs';
import { Comment, Converter } from 'typedoc';

const WEB = /(http|express|fastify|koa|hono|node-http|fetch|nestjs|websockets|header-or-cookie)$/;

const groups = [
  ['Moving to jotkit', /guide\/migrating/],
  ['Keys', /guide\/(keys-and-rotation|remote-keys|providers)$/],
  ['Web servers', new RegExp(`guide/${WEB.source}`)],
  ['Sessions', /guide\/.*sessions?/],
  ['Tokens', /guide\//],
  ['Decisions', /decisions\//],
  ['Project', /(?:)/],
];

export function load({ converter }) {
  converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
    [document.frontmatter.group] = groups.find(([, files]) => files.test(document.name));
    const [first] = document.content;
    document.name = takeHeading(first)?.replaceAll('`', '') ?? document.name;
  });

  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    const [first] = project.readme ?? [];
    if (first) takeHeading(first);
    for (const module of project.children ?? []) {
      const file = module.name;
      if (file.startsWith('jotkit')) continue;
      module.name = `jotkit/${file.replace(/^adapters\/|stores\//, '').replace('-io', '.io')}`;
      const sentence = readFileSync(new URL(`../src/${file}.ts`, import.meta.url), 'utf8');
      const text = /^\/\*\* (.*) \*\//.exec(sentence)[1];
      module.comment = new Comment([{ kind: 'text', text }]);
    }
  });
}

/** The page shows the name of a document by itself: its heading would stand there twice. */
function takeHeading(part) {
  const heading = /^# (.*)\n+/.exec(part.text);
  if (!heading) return undefined;
  part.text = part.text.slice(heading[0].length);
  return heading[1];
}
