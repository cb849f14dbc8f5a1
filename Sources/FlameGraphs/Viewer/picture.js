// SPDX-License-Identifier: Apache-2.0
// The current view as an SVG file without scripts, to save.

import { s } from './dom.js';

const pictureProperties = ['fill', 'stroke', 'stroke-width', 'font-family', 'font-size', 'white-space'];

export function pictureOf(page) {
  const { content, controls, host } = page,
    width = content.clientWidth,
    parts = [],
    rules = new Map(),
    left = 20;
  const look = getComputedStyle(host),
    heading = getComputedStyle(controls.header.firstChild).color;
  let y = 12;
  const write = (text, x = left, more = {}) => parts.push(s('text', { x, y: y - 5, fill: look.color, ...more }, text));
  const line = (text, size = 12, more) => {
    if (!text) return;
    y += size + 8;
    write(text, left, { 'font-size': size, ...more });
  };
  const texts = (elements) => Array.from(elements, (element) => element.textContent).join(' · ');

  line(page.title, 20, { fill: heading, 'font-weight': 600 });
  line(texts(controls.header.querySelectorAll('.subtitle')));
  line(texts(controls.chips.children).replaceAll(' ×', ''));
  line(controls.result.textContent);
  for (const part of content.querySelectorAll('.lead strong, h2, svg.axis, svg.graph')) {
    if (part.localName !== 'svg') {
      line(part.textContent, 13, { fill: heading, 'font-weight': 600 });
      continue;
    }
    // The saved file has no style sheet of the page: it gets the computed values of this moment as rules.
    for (const element of part.querySelectorAll('[class]')) {
      const selector = `${element.localName}.${element.getAttribute('class')}`,
        style = getComputedStyle(element);
      if (!rules.has(selector))
        rules.set(selector, pictureProperties.map((name) => `${name}:${style.getPropertyValue(name)}`).join(';'));
    }
    const copy = part.cloneNode(true);
    for (const element of copy.querySelectorAll('.hover, .ring')) element.remove();
    for (const [name, value] of [
      ['x', left],
      ['y', y + 4],
    ])
      copy.setAttribute(name, value);
    parts.push(copy);
    y += Number(copy.getAttribute('height')) + 4;
  }
  y += 22;
  let x = left;
  for (const entry of controls.legend.children) {
    const end = x + entry.getBoundingClientRect().width + 20;
    for (const swatch of entry.querySelectorAll('rect')) {
      parts.push(s('rect', { x, y: y - 15, width: 11, height: 11, rx: 2, fill: getComputedStyle(swatch).fill }));
      x += 13;
    }
    write(entry.textContent, x + 4);
    x = end;
  }
  line(controls.drawn.textContent);
  const style = s('style', {}, Array.from(rules, ([selector, rule]) => `${selector}{${rule}}`).join('\n'));
  const all = s(
    'svg',
    {
      width: width + 2 * left,
      height: y + 8,
      viewBox: `0 0 ${width + 2 * left} ${y + 8}`,
      'font-family': look.fontFamily,
      'font-size': 12,
    },
    style,
    s('rect', { width: '100%', height: '100%', fill: look.backgroundColor }),
    ...parts,
  );
  return new XMLSerializer().serializeToString(all);
}
