// SPDX-License-Identifier: Apache-2.0
// The dialog that lists the keys.

import { button, h } from './dom.js';

export function helpDialog(page) {
  const keys = [
    ['Click, Enter', 'zoom'],
    ['Esc, 0', 'reset the zoom'],
    ['Arrow keys', 'caller, callee, neighbours'],
    ['/ or Ctrl-F', 'search'],
    ['n, N', 'next and previous match'],
    ['Ctrl-Enter in the search', 'only stacks that match'],
    [`1 – ${page.views.length}`, 'views'],
    ['i', 'turn upside down'],
    ['r', 'collapse recursion'],
    ['a', 'names without arguments, ends of names'],
    ['s', 'save: SVG, folded stacks'],
    ...(page.difference || page.timeline ? [['w', 'width: of both sides, before, after']] : []),
    ['m, right click', 'menu: copy, focus, hide, drop, sandwich'],
    ['c, C', 'copy the name, the stack'],
    ['Back', 'undo'],
  ];
  const entries = keys.flatMap(([key, text]) => [h('dt', {}, key), h('dd', {}, text)]);
  const close = button('Close', 'Close', () => dialog.close());
  const dialog = h('dialog', { 'aria-label': 'Keys' }, h('h2', {}, 'Keys'), h('dl', {}, ...entries), close);
  return dialog;
}
