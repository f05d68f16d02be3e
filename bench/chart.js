/** Rows as bars in an SVG that is readable on light and dark pages. */

const WIDTH = 760;
const LEFT = 200;
const RIGHT = 140;
const BAR = 18;
const HEAD = 34;

const STYLE = `
  svg { --ink: #1f2328; --faint: #818b98; --mine: #0969da; --peer: #afb8c1; }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e6edf3; --faint: #8b949e; --mine: #4493f8; --peer: #57606a; }
  }
  text { fill: var(--ink); font: 12px system-ui, sans-serif; }
  .title { font-size: 15px; font-weight: 600; }
  .row { font-weight: 600; }
  .faint { fill: var(--faint); }
  rect { fill: var(--peer); }
  .mine { fill: var(--mine); }
  path { stroke: var(--ink); stroke-width: 1.2; fill: none; }`;

/** Nanoseconds are shown as calls per second, of which more is better. */
export function chart(title, rows) {
  const parts = [];
  let y = 58;
  for (const row of rows) {
    parts.push(panel(row, y));
    y += HEAD + BAR * Object.keys(row.entries).length;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${asText(title)}">
<style>${STYLE}
</style>
<text class="title" x="12" y="24">${asText(title)}</text>
<text class="faint" x="12" y="42">${legend(rows)}; lines: quartiles</text>
${parts.join('\n')}
</svg>
`;
}

function legend(rows) {
  const { unit } = rows[0];
  return unit === 'ns'
    ? 'calls per second, more is better'
    : `${[...new Set(rows.map((row) => row.unit))].join(', ')}, less is better`;
}

function panel({ name, unit, entries }, y) {
  const shown = (value) => (unit === 'ns' ? 1e9 / value : value);
  const most = Math.max(...Object.values(entries).map(({ median }) => shown(median)));
  const x = (value) =>
    LEFT + (Math.max(0, Math.min(shown(value), most * 1.1)) / most) * (WIDTH - LEFT - RIGHT);
  const bars = Object.entries(entries).map(([label, { median, quartiles }], i) => {
    const top = y + 22 + i * BAR;
    const [from, to] = quartiles.map((value) => x(value).toFixed(1));
    const middle = top + BAR / 2 - 2;
    const end = Math.max(x(median), Number(from), Number(to));
    const kind = /^jotkit/.test(label) || /^refuse, jotkit/.test(name) ? ' class="mine"' : '';
    return `<text x="${LEFT - 8}" y="${top + 11}" text-anchor="end">${asText(label)}</text>
<rect${kind} x="${LEFT}" y="${top}" width="${(x(median) - LEFT).toFixed(1)}" height="${BAR - 4}" rx="2"/>
<path d="M${from} ${middle}H${to}M${from} ${middle - 3}v6M${to} ${middle - 3}v6"/>
<text x="${(end + 6).toFixed(1)}" y="${top + 11}">${number(shown(median))}</text>`;
  });
  return `<text class="row" x="12" y="${y + 12}">${asText(name)}${unit === 'ns' ? '' : `, ${unit}`}</text>\n${bars.join('\n')}`;
}

function number(value) {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2);
}

function asText(text) {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
