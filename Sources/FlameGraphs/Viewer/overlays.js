// SPDX-License-Identifier: Apache-2.0
// The tooltip and the context menu, one of each for the whole page.

import { cut, duration, h, percent } from './dom.js';
import { seconds } from './timeline.js';

export class Tooltip {
  constructor(page) {
    this.page = page;
    this.element = h('div.tooltip', { role: 'tooltip', hidden: true });
  }

  // Shows the tooltip of a node. `at`: { clientX, clientY }. `isSaid`: a screen reader announces it, too.
  show(graph, node, at, isSaid) {
    const { page } = this;
    const lines = [...this.head(graph.tree.label[node]), ...this.costs(graph, node)];
    this.element.replaceChildren(...lines);
    this.element.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.element.style.left = `${Math.max(4, Math.min(at.clientX + 14, innerWidth - width - 8))}px`;
    const isLow = at.clientY + 18 + height > innerHeight;
    this.element.style.top = `${isLow ? Math.max(4, at.clientY - height - 12) : at.clientY + 18}px`;
    if (isSaid) page.controls.say(lines.map((line) => line.textContent).join(', '));
  }

  // The name, and what is known of the function.
  head(label) {
    const { page } = this,
      { modules, files, lines } = page.data.labels;
    const line = lines[label] > 0 ? `:${lines[label]}` : '';
    const details = [
      modules[label],
      files[label] && files[label] + line,
      page.kindText(label),
      page.offsets.get(page.data.labels.names[label]),
    ].filter(Boolean);
    return [
      h('strong', {}, `${page.fact('nametype')} ${cut(page.name(label), 400)}`.trim()),
      ...(details.length ? [h('span.muted', {}, details.join(' · '))] : []),
    ];
  }

  // The values of a node and its shares; in the flame chart its time, in a difference its change.
  costs({ tree, zoomed }, node) {
    const { page } = this,
      { metric, sampleMetric } = page;
    if (tree.isChart) {
      const start = `${duration(1000 * tree.total[node])} from ${seconds(tree.left[node])} s on`;
      return [h('span', {}, `${start}, ${sampleMetric.text(tree.samples[node])}`)];
    }
    if (page.difference) return page.difference.describe(tree, node);
    const total = tree.total[node],
      own = tree.own[node],
      all = tree.total[0],
      parent = tree.parent[node];
    const shares = [`${percent(total, all)} of all`];
    if (parent > 0)
      shares.push(`${percent(total, tree.total[parent])} of its ${tree.isReversed ? 'callee' : 'caller'}`);
    if (zoomed > 0 && node > zoomed) shares.push(`${percent(total, tree.total[zoomed])} of zoom`);
    const self = own ? `self ${metric.text(own)}, ${percent(own, all)}` : 'self 0';
    return [
      h('span', {}, `${metric.text(total)}${metric.time(total)}, ${shares.join(', ')}`),
      ...(own === total ? [] : [h('span.muted', {}, self)]),
    ];
  }

  hide() {
    this.element.hidden = true;
  }
}

export class Menu {
  constructor(page) {
    this.page = page;
    this.element = h('div.menu', { role: 'menu', hidden: true, onkeydown: (event) => this.key(event) });
    addEventListener('pointerdown', (event) => {
      if (!this.element.contains(event.target)) this.close();
    });
    addEventListener('scroll', () => this.close(), { passive: true });
  }

  // Opens the menu of a node.
  offer(graph, node, at) {
    const { page } = this,
      { state } = page,
      label = graph.tree.label[node],
      name = page.name(label),
      module = page.data.labels.modules[label];
    this.open(
      [
        ['Copy name', () => page.copy(name)],
        ['Copy stack', () => page.copy(page.folded(node, graph.tree))],
        ['Zoom', () => graph.on.zoom(node)],
        ...(node === 0
          ? []
          : [
              ['Callers and callees', () => page.go({ view: 'sandwich', of: name })],
              ['Only stacks with it', () => page.go({ only: [...state.only, name] })],
              ['Drop stacks with it', () => page.go({ drop: [...state.drop, name] })],
              ['Hide this function', () => page.go({ hide: [...state.hide, name] })],
              ...(module
                ? [[`Hide all of ${cut(module, 30, true)}`, () => page.go({ hide: [...state.hide, 'mod:' + module] })]]
                : []),
            ]),
        [state.merge ? 'Show recursion' : 'Collapse recursion', () => page.go({ merge: !state.merge })],
      ],
      at,
      graph.element,
    );
  }

  // Opens a menu. `items`: pairs of text and action. `before`: the element that gets the focus when the menu closes.
  open(items, at, before) {
    const { page } = this;
    this.before = before;
    this.element.replaceChildren(
      ...items.map(([text, act]) =>
        h(
          'button',
          {
            type: 'button',
            role: 'menuitem',
            onclick: () => {
              this.close();
              act();
            },
          },
          text,
        ),
      ),
    );
    page.tooltip.hide();
    this.element.hidden = false;
    this.element.style.left = `${Math.max(4, Math.min(at.clientX, innerWidth - this.element.offsetWidth - 8))}px`;
    this.element.style.top = `${Math.max(4, Math.min(at.clientY, innerHeight - this.element.offsetHeight - 8))}px`;
    this.element.firstChild.focus();
  }

  key(event) {
    const at = document.activeElement;
    if (event.key === 'ArrowDown') (at.nextSibling ?? this.element.firstChild).focus();
    else if (event.key === 'ArrowUp') (at.previousSibling ?? this.element.lastChild).focus();
    else if (event.key !== 'Tab') return;
    event.preventDefault();
  }

  close() {
    if (this.element.hidden) return;
    const hadFocus = this.element.contains(document.activeElement);
    this.element.hidden = true;
    if (hadFocus) this.before?.focus();
  }
}
