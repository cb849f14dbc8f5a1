// SPDX-License-Identifier: Apache-2.0
// The start: makes room for the page in the document, and shows the data that the loader inflated.

// In an SVG file the page takes the place of the static picture; within a page, that of its element.
function makeHost(script) {
  const svg = script.closest('svg');
  if (!svg) return document.body;
  const style = svg.querySelector('.flameback-style-text');
  if (svg !== document.documentElement) {
    const host = h('div', {}, style);
    svg.replaceWith(host);
    return host;
  }
  const body = h('body'), viewport = h('meta', { name: 'viewport', content: 'width=device-width,initial-scale=1' });
  document.replaceChild(h('html', { lang: 'en' }, h('head', {}, viewport, style, h('title')), body), svg);
  return body;
}

{
  const script = document.currentScript, data = decode(script.data), host = makeHost(script);
  host.querySelector('.flameback-note')?.remove();
  host.classList.add('flameback');
  const page = globalThis.flameback = new Page(data, host);
  // For benchmarks: since the file was asked for.
  requestAnimationFrame(() => { page.shownAt = performance.now(); });
}
