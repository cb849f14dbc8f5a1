// SPDX-License-Identifier: Apache-2.0
// The loader: the only script that is text in the file. It inflates the viewer and inserts it as a script element and a
// style element, whose hashes the page's content security policy lists.
(async (script) => {
  const scope = script.closest('svg') ?? document.body;
  const note = scope.querySelector('.flameback-note');
  if (scope === document.body) note.textContent = 'Loading …';
  try {
    const inflate = async (name) => {
      const parts = Array.from(scope.querySelectorAll('.flameback-' + name), (part) => part.textContent);
      const text = atob(parts.join('')),
        bytes = new Uint8Array(text.length);
      for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
      const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
      return new Uint8Array(await new Response(stream).arrayBuffer());
    };
    const data = await inflate('payload');
    for (const name of ['style', 'script']) {
      const element = document.createElementNS('http://www.w3.org/1999/xhtml', name);
      element.textContent = new TextDecoder().decode(await inflate(name));
      Object.assign(element, { data, className: 'flameback-' + name + '-text' });
      scope.append(element);
    }
  } catch (error) {
    if (note) note.textContent = 'The viewer does not run in this browser: ' + error.message;
  }
})(document.currentScript);
