// SPDX-License-Identifier: Apache-2.0
// The keys of the page. Those of a graph are in graph.js, those of the heat map in heat.js.

import { widths } from './difference.js';
import { nameForms } from './names.js';

// Handles a key that neither a graph nor a table took.
export function handleKey(page, event) {
  const { controls, state } = page;
  const isTyping = /^(INPUT|SELECT|TEXTAREA)$/i.test(event.target.tagName);
  const hasModifier = event.ctrlKey || event.metaKey;
  const isFind = hasModifier && event.key === 'f' && event.target !== controls.input;
  if (isFind || (!isTyping && !hasModifier && event.key === '/')) {
    event.preventDefault();
    controls.input.focus();
    controls.input.select();
    return;
  }
  if (hasModifier || event.altKey) return;
  if (event.key === 'Escape') return escape(page, event);
  if (isTyping) return;
  const view = page.views[Number(event.key) - 1];
  if (view) return page.go({ view: view.id });
  switch (event.key) {
    case 'i':
      return page.go({ view: state.view === 'icicle' ? 'flame' : 'icicle' });
    case '0':
      return page.unzoom();
    case 'n':
      return page.walk(1);
    case 'N':
      return page.walk(-1);
    case 'w':
      return page.difference && cycle(page, 'width', widths);
    case 'a':
      return cycle(page, 'names', nameForms);
    case 's':
      return controls.offerFiles();
    case 'r':
      return page.go({ merge: !state.merge });
    case 'c':
      return copyFocused(page, (node, tree) => page.name(tree.label[node]));
    case 'C':
      return copyFocused(page, (node, tree) => page.folded(node, tree));
    case '?':
      return controls.help.showModal();
  }
}

// Escape closes the menu, leaves the search box, or undoes the zoom, the time range or the search: the first that
// applies.
function escape(page, event) {
  const { menu, controls, view, state } = page;
  if (!menu.element.hidden) return menu.close();
  if (event.target === controls.input) controls.input.blur();
  else if (view.isZoomed) page.unzoom();
  else if (state.time || state.base) page.go({ time: '', base: '' });
  else if (state.query) page.go({ query: '' }, false);
}

// Goes to the next choice of a setting.
function cycle(page, name, choices) {
  const index = choices.findIndex(([value]) => value === page.state[name]);
  page.go({ [name]: choices[(index + 1) % choices.length][0] });
}

function copyFocused(page, text) {
  const { graph } = page.view;
  if (graph && graph.focus >= 0) page.copy(text(graph.focus, graph.tree));
}
