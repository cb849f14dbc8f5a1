// SPDX-License-Identifier: Apache-2.0
// Builders of elements, and formats of numbers and names. Text is set through textContent only, so that no name can
// become markup.

const htmlSpace = 'http://www.w3.org/1999/xhtml',
  svgSpace = 'http://www.w3.org/2000/svg';

// An HTML element: h('button.small', { title: 'x', onclick: f }, 'text', child …).
export function h(what, properties = {}, ...children) {
  return fill(document.createElementNS(htmlSpace, what.split('.')[0]), what, properties, children);
}

// An SVG element, in the same form.
export function s(what, properties = {}, ...children) {
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

export const button = (text, title, onclick, more = {}) =>
  h('button', { type: 'button', title, onclick, ...more }, text);

// A square that shows a colour. `paint`: { fill } or { class }.
export const spot = (paint) =>
  s(
    'svg.swatch',
    { viewBox: '0 0 10 10', 'aria-hidden': 'true' },
    s('rect', { width: 10, height: 10, rx: 2, ...paint }),
  );

// `1,234,567`
export const grouped = (number) => String(number).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

// `12.34 %`
export const percent = (part, whole) => (whole ? (100 * part) / whole : 0).toFixed(2) + '\u00a0%';

// A time in nanoseconds: `12 ns`, `3.0 µs`, `2.0 ms`, `1.23 s`
export function duration(time) {
  if (time < 1e3) return `${time.toFixed(0)}\u00a0ns`;
  if (time < 1e6) return `${(time / 1e3).toFixed(1)}\u00a0µs`;
  return time < 1e9 ? `${(time / 1e6).toFixed(1)}\u00a0ms` : `${(time / 1e9).toFixed(2)}\u00a0s`;
}

// A size in bytes: `512 B`, `1.5 MiB`
export function size(bytes) {
  const step = bytes < 1024 ? 0 : Math.min(6, Math.floor(Math.log2(bytes) / 10));
  return `${step ? (bytes / 1024 ** step).toFixed(1) : bytes}\u00a0${['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'][step]}B`;
}

// `1 sample`, `1,234 samples`
export const counted = (number, name) => grouped(number) + '\u00a0' + (number === 1 ? name.replace(/s$/, '') : name);

// The segmenter splits text into user-perceived characters; `wide` matches those of two columns in a fixed-width font.
const segmenter = globalThis.Intl && Intl.Segmenter ? new Intl.Segmenter() : null;
const wideRanges =
  '\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f' +
  '\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}';
const wide = new RegExp(`^[${wideRanges}]`, 'u');

// `name` cut to `columns` with an ellipsis, behind a `sign`. `isEnd` keeps the end of the name. Empty below 3 columns.
export function cut(name, columns, isEnd = false, sign = '') {
  if (columns < 3) return '';
  const space = columns - sign.length,
    marked = (kept) => sign + (isEnd ? '…' + kept : kept + '…');
  if (/^[\x20-\x7e]*$/.test(name)) {
    if (name.length <= space) return sign + name;
    return marked(!isEnd ? name.slice(0, space - 1) : space > 1 ? name.slice(1 - space) : '');
  }
  let used = 0,
    kept = '';
  const characters = segmenter ? Array.from(segmenter.segment(name), (part) => part.segment) : Array.from(name);
  for (const character of isEnd ? characters.reverse() : characters) {
    used += wide.test(character) ? 2 : 1;
    if (used > space) return marked(kept);
    if (used < space) kept = isEnd ? character + kept : kept + character;
  }
  return sign + name;
}

// Offers `text` as a download.
export function save(name, type, text) {
  const link = h('a', { href: URL.createObjectURL(new Blob([text], { type })), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

// Copies `text` to the clipboard, also where the page may not use the clipboard API.
export async function copy(text) {
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
