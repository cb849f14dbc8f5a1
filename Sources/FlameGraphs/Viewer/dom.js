// SPDX-License-Identifier: Apache-2.0
// Elements and numbers. All text goes through textContent: no name is ever markup.

const htmlSpace = 'http://www.w3.org/1999/xhtml', svgSpace = 'http://www.w3.org/2000/svg';

// h('button.small', { title: 'x', onclick: f }, 'text', child …)
function h(what, properties = {}, ...children) {
  return fill(document.createElementNS(htmlSpace, what.split('.')[0]), what, properties, children);
}

function s(what, properties = {}, ...children) {
  return fill(document.createElementNS(svgSpace, what.split('.')[0]), what, properties, children);
}

function fill(element, what, properties, children) {
  const classes = what.split('.').slice(1).join(' ');
  if (classes) element.setAttribute('class', classes);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, '');
    else if (value !== false && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// A spot of colour. `paint`: { fill } or { class }.
const spot = (paint) => s('svg.swatch', { viewBox: '0 0 10 10', 'aria-hidden': 'true' }, s('rect', { width: 10, height: 10, rx: 2, ...paint }));

const grouped = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

const percent = (part, whole) => (whole ? 100 * part / whole : 0).toFixed(2) + '\u00a0%';

// Of nanoseconds: `2.0 ms`, `1.23 s`
const duration = (time) => time < 1e9 ? `${(time / 1e6).toFixed(1)}\u00a0ms` : `${(time / 1e9).toFixed(2)}\u00a0s`;

// `1 sample`, `1,234 samples`
const counted = (number, name) =>
  grouped(number) + '\u00a0' + (number === 1 ? name.replace(/s$/, '') : name);

// Characters as readers count them, and the columns that each takes in a fixed-width font.
const segmenter = globalThis.Intl && Intl.Segmenter ? new Intl.Segmenter() : null;
const wide = /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

// As much of a name as fits behind a sign: its beginning, or its end.
function cut(name, columns, isEnd = false, sign = '') {
  if (columns < 3) return '';
  const room = columns - sign.length, marked = (kept) => sign + (isEnd ? '…' + kept : kept + '…');
  if (/^[\x20-\x7e]*$/.test(name)) {
    if (name.length <= room) return sign + name;
    return marked(!isEnd ? name.slice(0, room - 1) : room > 1 ? name.slice(1 - room) : '');
  }
  let used = 0, kept = '';
  const characters = segmenter ? Array.from(segmenter.segment(name), (part) => part.segment) : Array.from(name);
  for (const character of isEnd ? characters.reverse() : characters) {
    used += wide.test(character) ? 2 : 1;
    if (used > room) return marked(kept);
    if (used < room) kept = isEnd ? character + kept : kept + character;
  }
  return sign + name;
}

// What is made here is offered as a file.
function save(name, type, text) {
  const link = h('a', { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = h('textarea');
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
}
