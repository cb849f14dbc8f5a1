// SPDX-License-Identifier: Apache-2.0
// The page: holds the data, the state that the address keeps, and the current view.

import { Controls } from './controls.js';
import { Difference } from './difference.js';
import { copy, cut, h, s, spot } from './dom.js';
import { foldedLine } from './folded.js';
import { handleKey } from './keyboard.js';
import { addThreadNames, ranks } from './labels.js';
import { metricsOf, sampleMetric } from './metric.js';
import { offsetsOf, shortName } from './names.js';
import { Menu, Tooltip } from './overlays.js';
import { paintsOf } from './payload.js';
import { Search } from './search.js';
import { stateFromHash, stateToHash, usualState } from './state.js';
import { stretchOf, Timeline } from './timeline.js';
import { filtered, isGroup, Kind, reversed, stackFilter } from './transform.js';
import { findPath, makeView, pathOf } from './views.js';

const views = [
  { id: 'flame', name: 'Flame' },
  { id: 'icicle', name: 'Icicle' },
  { id: 'reversed', name: 'Reversed' },
  { id: 'sandwich', name: 'Sandwich' },
  { id: 'top', name: 'Top' },
  { id: 'tree', name: 'Call tree' },
  { id: 'heat', name: 'Heat map', isTimed: true },
  { id: 'chart', name: 'Chart', isTimed: true },
];

export class Page {
  constructor({ tree, labels, ticks, facts, columns }, host) {
    Object.assign(this, { host, facts, cache: {}, shortNames: [] });
    this.data = { tree, labels, rank: undefined, byName: (label) => this.named[label] };
    Object.assign(this, addThreadNames(labels));
    this.data.rank = ranks(labels);
    this.allPaints = paintsOf(facts.palette[0]);
    this.fact = (name) => (facts[name] ?? [''])[0];
    this.search = new Search(labels, () => this.update());
    this.metrics = metricsOf(facts, columns);
    this.offsets = offsetsOf(facts);
    this.metric = this.metrics[0];
    this.sampleMetric = sampleMetric(this.metrics);
    this.rowHeight = Number(this.fact('rowheight')) || 18;
    this.fontSize = Number(this.fact('fontsize')) || 11;
    if (CSS.supports('font-family', this.fact('font'))) host.style.setProperty('--label-font', this.fact('font'));
    host.style.setProperty('--label-size', `${this.fontSize}px`);
    this.kindTexts = new Map(facts.kind.map((line) => [Number(line.split(' ')[0]), line.slice(line.indexOf(' ') + 1)]));
    if (facts.difference) {
      this.difference = new Difference(tree, facts.difference[0], facts, this.metric);
      this.data.tree = this.difference.tree('both');
    }
    // The trees of metrics, by name, and what all samples amount to in the shown one.
    this.wholes = { [this.metric.name]: this.data.tree };
    this.all = this.data.tree.total[0];
    if (ticks) {
      this.timeline = new Timeline(tree, ticks, this.sampleMetric.period / 1000);
      const { own } = this.sampleMetric;
      this.allSamples = own ? own.reduce((sum, value) => sum + value, 0) : ticks.time.length;
    }
    usualState.view = this.fact('view') || 'flame';
    this.views = views.filter((view) => this.timeline || !view.isTimed);
    this.state = stateFromHash(location.hash, this.views);
    this.controls = new Controls(this);
    this.tooltip = new Tooltip(this);
    this.menu = new Menu(this);
    this.content = h('main');
    host.append(
      this.controls.header,
      this.controls.bar,
      this.controls.notes,
      this.content,
      this.controls.footer,
      this.tooltip.element,
      this.menu.element,
      this.controls.speaker,
    );
    this.measure();
    this.update();
    globalThis.requestIdleCallback?.(() => this.search.prepare(this.tree));
    addEventListener('resize', () => {
      this.measure();
      this.draw();
    });
    addEventListener('hashchange', () => this.follow());
    addEventListener('keydown', (event) => handleKey(this, event));
  }

  // Measures the advance of a fixed-width character in a label; it is no less than the static picture's.
  measure() {
    const probe = s('text', {}),
      holder = s('svg.graph', { width: 10, height: 10 }, s('g.labels', {}, probe));
    // The mean of many characters, since `--font` may be a font of proportional width.
    probe.textContent = 'abcdefghijklmnopqrstuvwxyz:_<A'.repeat(10);
    this.host.append(holder);
    this.column = Math.max(
      this.fontSize * (Number(this.fact('fontwidth')) || 6.65 / 11),
      probe.getComputedTextLength() / 300,
    );
    holder.remove();
  }

  // The heading. One that names the metric follows the shown metric.
  get title() {
    const title = this.fact('title'),
      { heading } = this.metrics[0];
    return title.startsWith(heading) ? this.metric.heading + title.slice(heading.length) : title;
  }

  // The line below the heading. A total of the first metric becomes that of the shown one.
  get subtitle() {
    const [first] = this.metrics,
      total = first.text(this.wholes[first.name].total[0]).replaceAll('\u00a0', ' ');
    return (this.facts.subtitle ?? [])
      .map((part) => (part === total && this.metric !== first ? this.metric.text(this.all) : part))
      .join(' · ');
  }

  // The name of a label; of processes and threads with their id.
  name(label) {
    const { names, kinds, lines } = this.data.labels,
      id = lines[label];
    return (kinds[label] === Kind.process || kinds[label] === Kind.thread) && id >= 0
      ? `${names[label]} ${id}`
      : names[label];
  }

  get paints() {
    return this.difference ? this.difference.paints : this.allPaints;
  }

  // The index in `paints` of a node's colour.
  paint(tree, node) {
    return this.difference ? this.difference.of(tree, node).number : this.data.labels.paints[tree.label[node]];
  }

  swatch(label, paint = this.data.labels.paints[label]) {
    const isGrey = this.difference ? paint === this.difference.same : isGroup(this.data.labels.kinds[label]);
    return spot(isGrey ? { class: 'group' } : { fill: this.paints[paint].fill });
  }

  // The meaning of a label's colour in words; empty for ordinary code.
  kindText(label) {
    return this.kindTexts.get(this.data.labels.kinds[label]) ?? '';
  }

  mark(label) {
    const text = this.kindText(label);
    return text ? h('span.mark', {}, text) : '';
  }

  // The name in the form that the reader selected.
  shownName(label) {
    return this.state.names.startsWith('short')
      ? (this.shortNames[label] ??= shortName(this.name(label)))
      : this.name(label);
  }

  // The set of labels with a name, or of a module (`mod:NAME`): 0 or 1 for each label.
  setOf(name) {
    const { names, modules } = this.data.labels;
    return Uint8Array.from(names, (other, label) =>
      other === name || this.name(label) === name || 'mod:' + modules[label] === name ? 1 : 0,
    );
  }

  // MARK: State

  // Changes the state. `step`: the change is a step of the browser's history.
  go(change, step = true) {
    // A path from the other end of the stacks is another path.
    if ('view' in change && (change.view === 'reversed') !== (this.state.view === 'reversed')) change.zoom = [];
    Object.assign(this.state, change);
    const hash = '#' + stateToHash(this.state);
    this.ownHash = hash;
    try {
      if (step) history.pushState(null, '', hash);
      else history.replaceState(null, '', hash);
    } catch {
      // In a sandbox the page may have no address of its own.
    }
    this.update();
  }

  // Takes the state from an address that the reader or the browser changed.
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

  // Sets the tree to the values of the selected metric, to the samples of the selected time range, or to the difference
  // of two ranges. The flame chart shows one range only.
  chooseSamples() {
    const { state, timeline } = this,
      chosen = stretchOf(state.time),
      base = state.view === 'chart' ? undefined : stretchOf(state.base);
    const selected = this.metrics.find(({ name }) => name === state.metric) ?? this.metrics[0];
    const key = `${selected.name} ${chosen} ${chosen && base}`;
    if ((!timeline && this.metrics.length < 2) || this.chosenSamples === key) return;
    this.chosenSamples = key;
    const whole = (this.wholes[selected.name] ??= this.wholes[this.metrics[0].name].weighted(selected.own));
    // Times are known of samples only.
    this.metric = chosen ? this.sampleMetric : selected;
    this.all = chosen ? this.allSamples : whole.total[0];
    this.difference =
      chosen && base ? new Difference(timeline.compared(base, chosen), 'shares', this.facts, this.metric) : undefined;
    this.data.tree = this.difference ? this.difference.tree('both') : chosen ? timeline.during(chosen) : whole;
    this.cache = {};
    this.view = undefined;
  }

  // The function that applies the filters to a stack.
  stackFilter(group) {
    const { state, data } = this;
    const union = (names) => {
      const all = new Uint8Array(data.labels.count);
      for (const name of names)
        this.setOf(name).forEach((is, label) => {
          if (is) all[label] = 1;
        });
      return all;
    };
    const only = state.only.map((name) => this.setOf(name));
    if (this.kept) only.push(this.kept);
    return stackFilter(data, { only, drop: union(state.drop), hide: union(state.hide), merge: state.merge, group });
  }

  // The tree of the samples that pass the filters, from callers to callees.
  forward() {
    const { state, data } = this;
    const group = this.hasThreads ? state.group : 'asis';
    const kept = state.keep ? this.search.find(state.keep, state).matches : undefined;
    const key = JSON.stringify([state.only, state.drop, state.hide, state.merge, group, state.width]);
    if (this.cache.key === key && this.kept === kept) return this.cache.forward;
    this.kept = kept;
    let tree = this.difference?.tree(state.width) ?? data.tree;
    // A path may have no samples in one of several metrics.
    const isPart = this.metrics.length > 1 || tree.total[0] < this.all;
    if (this.filters || (this.hasThreads && group !== 'process') || isPart)
      tree = filtered({ ...data, tree }, this.stackFilter(group));
    this.cache = { key, forward: tree };
    return tree;
  }

  reversedTree(forward) {
    return (this.cache.reversed ??= reversed(this.data, forward));
  }

  // MARK: Drawing

  update() {
    const { state } = this;
    let isNew = false,
      chosen,
      hadFocus;
    this.tooltip.hide();
    this.menu.close();
    this.chooseSamples();
    const forward = (this.tree = this.forward());
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
    document.title = this.title;
  }

  draw() {
    this.view.draw();
    this.controls.update();
  }

  // Keeps the focused frame and the keyboard focus when the view changes. A flame graph with its root at the bottom is
  // scrolled there.
  settle(chosen, hadFocus) {
    const { graph } = this.view;
    if (!graph) return;
    if (!graph.down) scrollTo(0, document.documentElement.scrollHeight);
    const node = findPath(this, graph.tree, chosen);
    if (node && graph.tree.depth[node] === chosen.length) graph.moveTo(node);
    if (hadFocus) graph.element.focus({ preventScroll: true });
  }

  // MARK: Actions

  unzoom() {
    if (this.view.isZoomed) this.view.unzoom();
  }

  copy(text) {
    copy(text);
    this.controls.say('Copied: ' + cut(text, 80));
  }

  // A line of folded stacks: see folded.js.
  folded(node, tree, column) {
    return foldedLine(this.data, node, tree, column);
  }

  // Moves to the next (1) or previous (-1) match in the order of drawing; zooms to a narrow one.
  walk(step) {
    const graph = this.view.graph,
      matches = this.found?.matches;
    if (!graph || !matches) return;
    const { tree } = graph;
    for (let tried = 1; tried <= tree.count; tried++) {
      const node = (Math.max(0, graph.focus) + ((step * tried) % tree.count) + tree.count) % tree.count;
      if (!matches[tree.label[node]]) continue;
      const place = graph.place(node);
      if (!place || place.w < 4) graph.on.zoom(node);
      // A zoom in the flame chart selects another time, and so another tree.
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
