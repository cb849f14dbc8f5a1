// SPDX-License-Identifier: Apache-2.0
// What floats over a graph: the tooltip and the menu, one of each.

class Tooltip {
  constructor(page) {
    this.page = page;
    this.element = h('div.tooltip', { role: 'tooltip', hidden: true });
  }

  // `at`: { clientX, clientY }. `isSaid`: a screen reader says it, too.
  show(graph, node, at, isSaid) {
    const { page } = this, { tree } = graph, { labels } = page.data, label = tree.label[node];
    const total = tree.total[node], own = tree.own[node], all = tree.total[0];
    const nanoseconds = Number(page.fact('period'));
    const time = (count) => nanoseconds ? ` (${duration(count * nanoseconds)})` : '';
    const shares = [`${percent(total, all)} of all`];
    if (tree.parent[node] > 0) shares.push(`${percent(total, tree.total[tree.parent[node]])} of its ${tree.isReversed ? 'callee' : 'caller'}`);
    if (graph.zoomed > 0 && node > graph.zoomed) shares.push(`${percent(total, tree.total[graph.zoomed])} of zoom`);
    const place = [labels.modules[label], labels.files[label] && labels.files[label] + (labels.lines[label] > 0 ? `:${labels.lines[label]}` : ''), page.kindText(label)].filter(Boolean);
    const head = [h('strong', {}, `${page.fact('nametype')} ${cut(page.name(label), 400)}`.trim()), ...(place.length ? [h('span.muted', {}, place.join(' · '))] : [])];
    const lines = tree.isChart ? [...head, h('span', {}, `${duration(1000 * total)} from ${seconds(tree.left[node])} s on, ${counted(tree.samples[node], page.unit)}`)] : page.difference ? [...head, ...page.difference.describe(tree, node)] : [...head,
      h('span', {}, `${counted(total, page.unit)}${time(total)}, ${shares.join(', ')}`), ...(own && own !== total || !own ? [h('span.muted', {}, own ? `self ${counted(own, page.unit)}, ${percent(own, all)}` : 'self 0')] : []),
    ];
    this.element.replaceChildren(...lines);
    this.element.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.element;
    this.element.style.left = `${Math.max(4, Math.min(at.clientX + 14, innerWidth - width - 8))}px`;
    this.element.style.top = `${at.clientY + 18 + height > innerHeight ? Math.max(4, at.clientY - height - 12) : at.clientY + 18}px`;
    if (isSaid) page.controls.say(lines.map((line) => line.textContent).join(', '));
  }

  hide() { this.element.hidden = true; }
}

class Menu {
  constructor(page) {
    this.page = page;
    this.element = h('div.menu', { role: 'menu', hidden: true, onkeydown: (event) => this.key(event) });
    addEventListener('pointerdown', (event) => { if (!this.element.contains(event.target)) this.close(); });
    addEventListener('scroll', () => this.close(), { passive: true });
  }

  // What can be done with a node.
  offer(graph, node, at) {
    const { page } = this, { state } = page, label = graph.tree.label[node], name = page.name(label), module = page.data.labels.modules[label];
    this.open([
      ['Copy name', () => page.copy(name)], ['Copy stack', () => page.copy(page.folded(node, graph.tree))],
      ['Zoom', () => graph.on.zoom(node)],
      ...(node === 0 ? [] : [
        ['Callers and callees', () => page.go({ view: 'sandwich', of: name })],
        ['Only stacks with it', () => page.go({ only: [...state.only, name] })],
        ['Drop stacks with it', () => page.go({ drop: [...state.drop, name] })],
        ['Hide this function', () => page.go({ hide: [...state.hide, name] })],
        ...(module ? [[`Hide all of ${cut(module, 30, true)}`, () => page.go({ hide: [...state.hide, 'mod:' + module] })]] : []),
      ]),
      [state.merge ? 'Show recursion' : 'Collapse recursion', () => page.go({ merge: !state.merge })],
    ], at, graph.element);
  }

  // `items`: what they say and do. `before` is what has the focus after them.
  open(items, at, before) {
    const { page } = this;
    this.before = before;
    this.element.replaceChildren(...items.map(([text, act]) => h('button', { type: 'button', role: 'menuitem', onclick: () => { this.close(); act(); } }, text)));
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
