// SPDX-License-Identifier: Apache-2.0
// The page around the views: what is shown of which samples, in one state that the address keeps.

const views = [
  { id: 'flame', name: 'Flame' }, { id: 'icicle', name: 'Icicle' }, { id: 'reversed', name: 'Reversed' },
  { id: 'sandwich', name: 'Sandwich' }, { id: 'top', name: 'Top' }, { id: 'tree', name: 'Call tree' },
  { id: 'heat', name: 'Heat map', isTimed: true }, { id: 'chart', name: 'Chart', isTimed: true },
];

class Page {
  constructor({ tree, labels, ticks, facts }, host) {
    Object.assign(this, { host, facts, cache: {}, shortNames: [] });
    this.data = { tree, labels, rank: undefined, byName: (label) => this.named[label] };
    this.addThreadNames();
    this.data.rank = ranks(labels);
    this.allPaints = paintsOf(facts.palette[0]);
    this.fact = (name) => (facts[name] ?? [''])[0];
    this.search = new Search(labels, () => this.update());
    this.unit = this.fact('countname') || 'samples';
    this.rowHeight = Number(this.fact('rowheight')) || 18;
    this.fontSize = Number(this.fact('fontsize')) || 11;
    if (CSS.supports('font-family', this.fact('font'))) host.style.setProperty('--label-font', this.fact('font'));
    host.style.setProperty('--label-size', `${this.fontSize}px`);
    this.kindTexts = new Map(facts.kind.map((line) => [Number(line.split(' ')[0]), line.slice(line.indexOf(' ') + 1)]));
    if (facts.difference) {
      this.difference = new Difference(tree, facts.difference[0], facts, this.unit);
      this.data.tree = this.difference.tree('both');
    }
    this.all = this.data.tree.total[0];
    if (ticks) this.timeline = new Timeline(tree, ticks, Number(this.fact('period')) / 1000);
    usualState.view = this.fact('view') || 'flame';
    this.views = views.filter((view) => this.timeline || !view.isTimed);
    this.state = stateFromHash(location.hash, this.views);
    this.controls = new Controls(this);
    this.tooltip = new Tooltip(this);
    this.menu = new Menu(this);
    this.content = h('main');
    host.append(this.controls.header, this.controls.bar, this.controls.notes, this.content, this.controls.footer, this.tooltip.element, this.menu.element, this.controls.speaker);
    this.measure();
    this.update();
    globalThis.requestIdleCallback?.(() => this.search.prepare(this.tree));
    addEventListener('resize', () => { this.measure(); this.draw(); });
    addEventListener('hashchange', () => this.follow());
    addEventListener('keydown', (event) => this.key(event));
  }

  // Labels of threads without their ids, for groups by name.
  addThreadNames() {
    const { labels } = this.data, known = new Map();
    this.named = Array.from(labels.names, (_, label) => label);
    let groups = 0;
    for (let label = 0, count = labels.count; label < count; label++) {
      if (labels.kinds[label] === Kind.process || labels.kinds[label] === Kind.thread) groups++;
      if (labels.kinds[label] !== Kind.thread || labels.lines[label] < 0) continue;
      const name = labels.names[label];
      if (!known.has(name)) {
        known.set(name, labels.count++);
        for (const [column, value] of [['names', name], ['kinds', Kind.thread], ['modules', ''], ['files', ''], ['lines', -1], ['paints', labels.paints[label]]]) labels[column].push(value);
      }
      this.named[label] = known.get(name);
    }
    // One process of one thread is no choice.
    this.hasThreads = known.size > 0;
    this.hasChoice = known.size > 0 && groups > 2;
  }

  // The advance of a fixed-width character in a label; no less than the static picture's.
  measure() {
    const probe = s('text', {}), holder = s('svg.graph', { width: 10, height: 10 }, s('g.labels', {}, probe));
    // All are equally wide, unless somebody chose another font.
    probe.textContent = 'abcdefghijklmnopqrstuvwxyz:_<A'.repeat(10);
    this.host.append(holder);
    this.column = Math.max(this.fontSize * (Number(this.fact('fontwidth')) || 6.65 / 11), probe.getComputedTextLength() / 300);
    holder.remove();
  }

  name(label) {
    const { names, kinds, lines } = this.data.labels, id = lines[label];
    return (kinds[label] === Kind.process || kinds[label] === Kind.thread) && id >= 0 ? `${names[label]} ${id}` : names[label];
  }

  get paints() {
    return this.difference ? this.difference.paints : this.allPaints;
  }

  // The place in `paints` of a node's colour.
  paint(tree, node) {
    return this.difference ? this.difference.of(tree, node).number : this.data.labels.paints[tree.label[node]];
  }

  swatch(label, paint = this.data.labels.paints[label]) {
    const isGrey = this.difference ? paint === this.difference.same : isGroup(this.data.labels.kinds[label]);
    return spot(isGrey ? { class: 'group' } : { fill: this.paints[paint].fill });
  }

  // What the colour says, in words; nothing for the plain case.
  kindText(label) {
    return this.kindTexts.get(this.data.labels.kinds[label]) ?? '';
  }

  mark(label) {
    const text = this.kindText(label);
    return text ? h('span.mark', {}, text) : '';
  }

  // The name as readers want it.
  shownName(label) {
    return this.state.names.startsWith('short') ? this.shortNames[label] ??= shortName(this.name(label)) : this.name(label);
  }

  // Labels of one name, or of one module, as 0 and 1 by label.
  setOf(name) {
    const { names, modules } = this.data.labels;
    return Uint8Array.from(names, (other, label) => other === name || this.name(label) === name || 'mod:' + modules[label] === name ? 1 : 0);
  }

  // MARK: State

  // Changes what is shown. `step`: the browser's back undoes it.
  go(change, step = true) {
    // Ways from the other end are others.
    if ('view' in change && (change.view === 'reversed') !== (this.state.view === 'reversed')) change.zoom = [];
    Object.assign(this.state, change);
    const hash = '#' + stateToHash(this.state);
    this.ownHash = hash;
    try {
      if (step) history.pushState(null, '', hash); else history.replaceState(null, '', hash);
    } catch {
      // A sandbox may have no address to keep anything in.
    }
    this.update();
  }

  follow() {
    if (location.hash === this.ownHash) return;
    this.ownHash = undefined;
    this.state = stateFromHash(location.hash, this.views);
    this.update();
  }

  get filters() {
    const { state } = this;
    return state.only.length + state.drop.length + state.hide.length > 0 || state.keep !== '' || state.merge;
  }

  // All samples, or those of the chosen stretch of time; of two stretches the difference. The chart
  // shows one.
  chooseTime() {
    const { state, timeline } = this, chosen = stretchOf(state.time), base = state.view === 'chart' ? undefined : stretchOf(state.base);
    const key = `${chosen} ${chosen && base}`;
    if (!timeline || this.chosenTime === key) return;
    this.chosenTime = key;
    this.difference = chosen && base ? new Difference(timeline.compared(base, chosen), 'shares', this.facts, this.unit) : undefined;
    this.data.tree = this.difference ? this.difference.tree('both') : chosen ? timeline.during(chosen) : timeline.tree;
    this.cache = {};
    this.view = undefined;
  }

  // What the filters leave of stacks.
  stackFilter(group) {
    const { state, data } = this;
    const union = (names) => {
      const all = new Uint8Array(data.labels.count);
      for (const name of names) this.setOf(name).forEach((is, label) => { if (is) all[label] = 1; });
      return all;
    };
    const only = state.only.map((name) => this.setOf(name));
    if (this.kept) only.push(this.kept);
    return stackFilter(data, { only, drop: union(state.drop), hide: union(state.hide), merge: state.merge, group });
  }

  // The forward tree of the samples that are wanted.
  forward() {
    const { state, data } = this;
    const group = this.hasThreads ? state.group : 'asis';
    const kept = state.keep ? this.search.find(state.keep, state).matches : undefined;
    const key = JSON.stringify([state.only, state.drop, state.hide, state.merge, group, state.width]);
    if (this.cache.key === key && this.kept === kept) return this.cache.forward;
    this.kept = kept;
    let tree = this.difference?.tree(state.width) ?? data.tree;
    if (this.filters || this.hasThreads && group !== 'process' || tree.total[0] < this.all) tree = filtered({ ...data, tree }, this.stackFilter(group));
    this.cache = { key, forward: tree };
    return tree;
  }

  reversedTree(forward) {
    return this.cache.reversed ??= reversed(this.data, forward);
  }

  // MARK: Drawing

  update() {
    const { state } = this;
    let isNew = false, chosen, hadFocus;
    this.tooltip.hide();
    this.menu.close();
    this.chooseTime();
    const forward = this.tree = this.forward();
    this.found = state.query ? this.search.find(state.query, state) : undefined;
    if (this.view?.id !== state.view) {
      const before = this.view?.graph;
      chosen = before?.focus > 0 ? pathOf(this, before.tree, before.focus) : [];
      hadFocus = this.content.contains(document.activeElement);
      this.view = Object.assign(makeView[state.view](this), { id: state.view });
      this.content.replaceChildren(this.view.element);
      isNew = true;
    }
    this.view.set(forward, this.found?.matches ?? null);
    this.draw();
    if (isNew) this.settle(chosen, hadFocus);
    document.title = this.fact('title');
  }

  draw() {
    this.view.draw();
    this.controls.update();
  }

  // Another view of the same: what was chosen still is. A flame stands on its root, which is worth
  // more than the tips.
  settle(chosen, hadFocus) {
    const { graph } = this.view;
    if (!graph) return;
    if (!graph.down) scrollTo(0, document.documentElement.scrollHeight);
    const node = findPath(this, graph.tree, chosen);
    if (node && graph.tree.depth[node] === chosen.length) graph.moveTo(node);
    if (hadFocus) graph.element.focus({ preventScroll: true });
  }

  // MARK: Keyboard

  key(event) {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/i.test(event.target.tagName);
    const isFind = (event.ctrlKey || event.metaKey) && event.key === 'f';
    if (isFind && event.target !== this.controls.input || !typing && !event.ctrlKey && !event.metaKey && event.key === '/') {
      event.preventDefault();
      this.controls.input.focus();
      this.controls.input.select();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') return this.escape(event);
    if (typing) return;
    const view = this.views[Number(event.key) - 1];
    if (view) return this.go({ view: view.id });
    switch (event.key) {
      case 'i': return this.go({ view: this.state.view === 'icicle' ? 'flame' : 'icicle' });
      case '0': return this.unzoom();
      case 'n': return this.walk(1);
      case 'N': return this.walk(-1);
      case 'w': return this.difference && this.cycle('width', widths);
      case 'a': return this.cycle('names', nameForms);
      case 's': return this.controls.offerFiles();
      case 'r': return this.go({ merge: !this.state.merge });
      case 'c': return this.copyFocused((node, tree) => this.name(tree.label[node]));
      case 'C': return this.copyFocused((node, tree) => this.folded(node, tree));
      case '?': return this.controls.help.showModal();
    }
  }

  escape(event) {
    if (!this.menu.element.hidden) return this.menu.close();
    if (event.target === this.controls.input) this.controls.input.blur();
    else if (this.view.isZoomed) this.unzoom();
    else if (this.state.time || this.state.base) this.go({ time: '', base: '' });
    else if (this.state.query) this.go({ query: '' }, false);
  }

  unzoom() {
    if (this.view.isZoomed) this.view.unzoom();
  }

  // To the next of a setting's choices.
  cycle(name, choices) {
    this.go({ [name]: choices[(choices.findIndex(([value]) => value === this.state[name]) + 1) % choices.length][0] });
  }

  copyFocused(text) {
    const graph = this.view.graph;
    if (graph && graph.focus >= 0) this.copy(text(graph.focus, graph.tree));
  }

  copy(text) {
    copy(text);
    this.controls.say('Copied: ' + cut(text, 80));
  }

  // A line of folded stacks, as flameback's own writer bends names; of a difference with both counts, as
  // difffolded.pl writes it.
  folded(node, tree, column = 'total') {
    const { names, kinds } = this.data.labels, root = tree.label[0];
    const frames = [...(kinds[root] === Kind.all ? [] : [root]), ...tree.path(node)].map((label) => {
      const name = names[label].replaceAll(';', ':');
      return isGroup(kinds[label]) ? name.replaceAll(' ', '_') : name.replace(/ (?=[\d.]+$)/, '_') || '[unknown]';
    });
    if (tree.isReversed) frames.reverse();
    const counts = tree.isChart ? [tree.samples[node]] : tree.sides.length ? tree.sides.map((side) => side[column][node]) : [tree[column][node]];
    return `${frames.join(';') || '[unknown]'} ${counts.join(' ')}`;
  }

  // The samples that are shown, below what is zoomed to, as folded stacks.
  foldedStacks() {
    const { graph } = this.view, tree = graph && !graph.tree.isChart ? graph.tree : this.tree, lines = [];
    const from = tree === graph?.tree ? graph.zoomed : 0;
    for (let node = from; node < tree.end[from]; node++) if (hasOwn(tree, node)) lines.push(this.folded(node, tree, 'own') + '\n');
    return lines.sort().join('');
  }

  // To the next or last match in the order of drawing; a narrow one is zoomed to.
  walk(step) {
    const graph = this.view.graph, matches = this.found?.matches;
    if (!graph || !matches) return;
    const { tree } = graph;
    for (let tried = 1; tried <= tree.count; tried++) {
      const node = (Math.max(0, graph.focus) + step * tried % tree.count + tree.count) % tree.count;
      if (!matches[tree.label[node]]) continue;
      const place = graph.place(node);
      if (!place || place.w < 4) graph.on.zoom(node);
      // The chart of another time is another tree.
      if (graph.tree !== tree) return;
      graph.moveTo(node);
      const at = graph.placeOnPage(node);
      if (at.clientY < 120 || at.clientY > innerHeight - 60) scrollBy(0, at.clientY - innerHeight / 2);
      this.tooltip.show(graph, node, graph.placeOnPage(node), true);
      return;
    }
  }

  zoomTo(graph, node) {
    this.go({ zoom: pathOf(this, graph.tree, node) });
  }
}

// Places of labels in the order of their names.
function ranks(labels) {
  const order = Array.from({ length: labels.count }, (_, label) => label);
  const { names, kinds, modules, files, lines } = labels;
  const compare = (a, b) => a < b ? -1 : a > b ? 1 : 0;
  order.sort((a, b) => compare(names[a], names[b]) || kinds[a] - kinds[b] || compare(modules[a], modules[b]) || compare(files[a], files[b]) || lines[a] - lines[b]);
  const rank = new Int32Array(labels.count);
  order.forEach((label, place) => { rank[label] = place; });
  return rank;
}
