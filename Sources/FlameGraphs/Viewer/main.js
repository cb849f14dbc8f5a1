// SPDX-License-Identifier: Apache-2.0
// The entry point of the viewer: prepares the document and shows the payload that the loader inflated.

import { h } from './dom.js';
import { Page } from './page.js';
import { decode } from './payload.js';

// The element that holds the page. In an SVG file it replaces the static picture; where an SVG element is part of
// another document, it replaces that element.
function makeHost(script) {
  const svg = script.closest('svg');
  if (!svg) return document.body;
  const style = svg.querySelector('.flameback-style-text');
  if (svg !== document.documentElement) {
    const host = h('div', {}, style);
    svg.replaceWith(host);
    return host;
  }
  const body = h('body'),
    viewport = h('meta', { name: 'viewport', content: 'width=device-width,initial-scale=1' });
  document.replaceChild(h('html', { lang: 'en' }, h('head', {}, viewport, style, h('title')), body), svg);
  return body;
}

{
  const script = document.currentScript,
    data = decode(script.data),
    host = makeHost(script);
  host.querySelector('.flameback-note')?.remove();
  host.classList.add('flameback');
  const page = (globalThis.flameback = new Page(data, host));
  // Milliseconds from the request of the file to the first frame, for benchmarks.
  requestAnimationFrame(() => {
    page.shownAt = performance.now();
  });
}
