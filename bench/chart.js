/** Rows as bars in an SVG, in plain colours on white: image proxies drop style sheets and variables. */

const WIDTH = 760;
const LEFT = 200;
const RIGHT = 140;
const BAR = 18;
const HEAD = 34;

const INK = '#1f2328';
const FAINT = '#59636e';

/** Calls per second instead of nanoseconds, of which more is better. */
export function chart(title, rows) {
  const parts = [];
  let y = 58;
  for (const row of rows) {
    parts.push(panel(row, y));
    y += HEAD + BAR * Object.keys(row.entries).length;
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="12" fill="${INK}">
<rect width="${WIDTH}" height="${y}" rx="6" fill="#ffffff"/>
<text x="12" y="24" font-size="15" font-weight="600">${escaped(title)}</text>
<text x="12" y="42" fill="${FAINT}">${legend(rows)}</text>
${parts.join('\n')}
</svg>
`;
}

function legend(rows) {
  const units = [...new Set(rows.map(({ unit }) => unit))];
  const scale =
    units[0] === 'ns'
      ? 'Calls per second, more is better.'
      : `${units.join(', ')}: less is better.`;
  const hasBare = rows.some(({ entries }) => Object.keys(entries).some(isBare));
  const bare = 'Outlined: bare crypto, the calls of node:crypto without a JWT library.';
  return hasBare ? `${scale} ${bare}` : scale;
}

function panel({ name, unit, entries }, y) {
  const shown = (value) => (unit === 'ns' ? 1e9 / value : value);
  const most = Math.max(...Object.values(entries).map(({ p25 }) => shown(p25)));
  const bars = Object.entries(entries).map(([label, { p25 }], i) => {
    const top = y + 22 + i * BAR;
    const width = (shown(p25) / most) * (WIDTH - LEFT - RIGHT);
    return `<text x="${LEFT - 8}" y="${top + 11}" text-anchor="end">${escaped(label)}</text>
<rect x="${LEFT}" y="${top}" width="${width.toFixed(1)}" height="${BAR - 4}" rx="2" ${colour(name, label)}/>
<text x="${(LEFT + width + 6).toFixed(1)}" y="${top + 11}">${number(shown(p25))}</text>`;
  });
  const title = unit === 'ns' ? name : `${name}, ${unit}`;
  return `<text x="12" y="${y + 12}" font-weight="600">${escaped(title)}</text>\n${bars.join('\n')}`;
}

function colour(row, label) {
  if (isBare(label)) return `fill="#ffffff" stroke="${FAINT}" stroke-dasharray="4 2"`;
  return /jotkit(,|$)/.test(`${row}, ${label}`) ? 'fill="#0969da"' : 'fill="#afb8c1"';
}

function isBare(label) {
  return label.startsWith('bare crypto');
}

function number(value) {
  return value >= 100 ? Math.round(value).toLocaleString('en') : value.toPrecision(2);
}

function escaped(text) {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}
