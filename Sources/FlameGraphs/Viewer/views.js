// SPDX-License-Identifier: Apache-2.0
// The views. Each is an object { element, graph?, set(tree, matches), draw() }.

import { h, percent, s, spot } from './dom.js';
import { Graph, pixels } from './graph.js';
import { HeatMap } from './heat.js';
import { TopTable, TreeTable } from './tables.js';
import { seconds, stretchOf, stretchText, timesText } from './timeline.js';
import { isGroup, sandwich } from './transform.js';

function graphOf(page, down) {
  const graph = new Graph(page, {
    down,
    on: {
      zoom: (node) => page.zoomTo(graph, node),
      show: (node, at, isSaid) => page.tooltip.show(graph, node, at, isSaid),
      hide: () => page.tooltip.hide(),
      menu: (node, at) => page.menu.offer(graph, node, at),
    },
  });
  return graph;
}

// Between a name and the number of siblings of that name: a character that no name contains. A control character in the
// source would not pass the Swift compiler, which reads the bundle as a string.
const separator = String.fromCharCode(31);

// The node of a path of names; where it is missing, the nearest node on the way to it.
export function findPath(page, tree, path) {
  let node = 0;
  for (const step of path) {
    const [name, before = 0] = step.split(separator);
    const named = Array.from(tree.children(node)).filter((child) => page.name(tree.label[child]) === name);
    if (!named.length) break;
    node = named[before] ?? named[0];
  }
  return node;
}

// The path of names to a node. In the flame chart, siblings can have the same name: a step then has the number of such
// siblings before it, behind `separator`.
export function pathOf(page, tree, node) {
  const path = [];
  for (; node > 0; node = tree.parent[node]) {
    let before = 0;
    for (const child of tree.children(tree.parent[node]))
      if (child < node && tree.label[child] === tree.label[node]) before++;
    path.push(page.name(tree.label[node]) + (before ? separator + before : ''));
  }
  return path.reverse();
}

function graphView(down, treeOf) {
  return (page) => {
    const graph = graphOf(page, down);
    return {
      element: h('div.graphs', {}, graph.element),
      graph,
      set(forward, matches) {
        const tree = treeOf(page, forward);
        graph.set(tree, matches);
        graph.zoomed = findPath(page, tree, page.state.zoom);
      },
      draw: () => graph.draw(),
      get isZoomed() {
        return graph.zoomed > 0;
      },
      unzoom: () => page.go({ zoom: [] }),
    };
  };
}

// The sandwich view: callers above a function, callees below it. Without a function, the table to choose one from.
function sandwichView(page) {
  const callers = graphOf(page, false),
    callees = graphOf(page, true);
  const table = new TopTable(page, (label) => page.go({ of: page.name(label) }));
  const element = h('div');
  let isTable = true,
    last;
  const costs = (tree, forward) => {
    const { difference, metric } = page;
    if (!difference) return `${metric.text(tree.total[0])}, ${percent(tree.total[0], forward.total[0])} of all`;
    const change = difference.of(tree, 0);
    const sides = `before ${difference.text(change.before)}, after ${difference.text(change.after)}`;
    return `${sides}, ${difference.deltaText(change)}`;
  };
  // Each half has a zoom of its own, which is not in the address.
  for (const graph of [callers, callees])
    graph.on.zoom = (node) => {
      graph.zoomed = node;
      page.draw();
    };
  return {
    element,
    halves: [callers, callees],
    set(forward, matches) {
      const label = page.data.labels.names.findIndex((_, label) => page.name(label) === page.state.of);
      isTable = label < 0;
      if (isTable) {
        table.set(forward, matches);
        return element.replaceChildren(
          h('p.lead', {}, 'Choose a function: its callers will stand above it, what it calls below.'),
          table.element,
        );
      }
      if (last?.forward !== forward || last.label !== label)
        last = { forward, label, ...sandwich(page.data, forward, label) };
      callers.set(last.callers, matches);
      callees.set(last.callees, matches);
      element.replaceChildren(
        h(
          'p.lead',
          {},
          h('strong', {}, page.name(label)),
          ` ${costs(last.callers, forward)} `,
          h('button', { type: 'button', onclick: () => page.go({ of: '' }) }, 'Choose another'),
        ),
        h('h2', {}, 'Called by'),
        h('div.graphs', {}, callers.element),
        h('h2', {}, 'Calls'),
        h('div.graphs', {}, callees.element),
      );
    },
    draw() {
      if (isTable) return table.draw();
      callers.draw();
      callees.draw();
    },
    get isZoomed() {
      return !isTable && callers.zoomed + callees.zoomed > 0;
    },
    unzoom() {
      callers.zoomed = callees.zoomed = 0;
      page.draw();
    },
  };
}

// The heat map, and below it the flame graph of the selected time range.
function heatView(page) {
  const below = graphView(true, (page, forward) => forward)(page),
    lead = h('p.lead');
  const heat = new HeatMap(page, (stretch, isSecond) =>
    page.go({ [isSecond ? 'base' : 'time']: stretchText(stretch) }),
  );
  const level = (n) => spot({ class: `heat${n}` });
  const scale = h(
    'span.legend',
    {},
    h(
      'span',
      {},
      level(1),
      level(4),
      level(8),
      `1 to ${page.sampleMetric.text(heat.most)} in ${heat.cellTime / 1000} ms`,
    ),
  );
  return Object.assign(below, {
    heat,
    element: h('div', {}, h('div.scroll', {}, heat.element), lead, below.element),
    draw() {
      const chosen = stretchOf(page.state.time),
        base = stretchOf(page.state.base),
        { timeline } = page;
      const described = (stretch) => `${timesText(stretch)}: ${page.sampleMetric.text(timeline.count(stretch))}`;
      const untimed = page.allSamples - timeline.time.length;
      lead.replaceChildren(
        scale,
        chosen ? h('strong', {}, described(chosen)) : 'Drag to select a time range.',
        chosen && !base
          ? ' Ctrl-drag a second one to compare with.'
          : chosen
            ? ` compared with ${described(base)}`
            : '',
        untimed ? h('span.muted', {}, ` ${page.sampleMetric.text(untimed)} have no time`) : '',
      );
      heat.draw();
      below.graph.draw();
    },
  });
}

// The flame chart of one thread. A click selects the time range of a box.
function chartView(page) {
  const graph = graphOf(page, true),
    axis = s('svg.axis'),
    threads = h('select', { 'aria-label': 'Thread', onchange: () => page.go({ thread: threads.value }) });
  graph.on.zoom = (node) =>
    page.go({ time: node ? stretchText([graph.tree.left[node], graph.tree.left[node] + graph.tree.total[node]]) : '' });
  let shown = {};
  return {
    graph,
    element: h('div', {}, h('p.lead', {}, threads), h('div.graphs', {}, axis, graph.element)),
    set(forward, matches) {
      const { timeline, data, state } = page,
        threadOf = timeline.threads(data.labels.kinds);
      const stretch = stretchOf(state.time) ?? [0, timeline.end],
        counts = new Map();
      for (let place = timeline.place(stretch[0]), end = timeline.place(stretch[1]); place < end; place++) {
        const thread = threadOf[timeline.node[place]];
        counts.set(thread, (counts.get(thread) ?? 0) + 1);
      }
      const name = (thread) => page.name(timeline.tree.label[thread]),
        order = Array.from(counts.keys()).sort((a, b) => counts.get(b) - counts.get(a) || a - b);
      const thread = order.find((thread) => name(thread) === state.thread) ?? order[0] ?? 0;
      threads.replaceChildren(
        ...order.map((other) =>
          h(
            'option',
            { value: name(other), selected: other === thread },
            `${name(other)}: ${page.sampleMetric.text(counts.get(other))}`,
          ),
        ),
      );
      const key = `${thread} ${stretch}`;
      // Changed filters make another forward tree.
      graph.set(
        shown.key === key && shown.forward === forward
          ? graph.tree
          : timeline.chart(thread, threadOf, stretch, this.framesOf()),
        matches,
      );
      shown = { key, forward };
    },
    framesOf() {
      const {
          timeline: { tree },
          data: { labels },
        } = page,
        filter = page.stackFilter('none');
      return (node) => {
        const path = tree.path(node),
          out = [];
        return filter(path, path.length, out) < 0 ? undefined : out.filter((label) => !isGroup(labels.kinds[label]));
      };
    },
    get isZoomed() {
      return page.state.time !== '';
    },
    unzoom: () => page.go({ time: '' }),
    draw() {
      const { tree } = graph,
        width = Math.max(200, graph.element.parentNode.clientWidth),
        from = tree.left[0],
        span = tree.total[0];
      const step =
        [1, 2, 5]
          .flatMap((n) => Array.from({ length: 10 }, (_, i) => n * 10 ** i))
          .sort((a, b) => a - b)
          .find((step) => (step * width) / span >= 90) ?? span;
      const texts = [];
      for (let time = Math.ceil(from / step) * step; time < from + span; time += step) {
        const x = ((time - from) * width) / span,
          text = s('text.tick', { x: pixels(x + 3), y: 11 });
        text.textContent = `${seconds(time)} s`;
        texts.push(s('path.tick', { d: `M${pixels(x)} 2v14` }), text);
      }
      axis.replaceChildren(...texts);
      axis.setAttribute('width', width);
      axis.setAttribute('height', 18);
      axis.setAttribute('viewBox', `0 0 ${width} 18`);
      graph.draw();
    },
  };
}

function tableView(make) {
  return (page) => {
    const table = make(page);
    return { element: table.element, set: (tree, matches) => table.set(tree, matches), draw: () => table.draw() };
  };
}

export const makeView = {
  flame: graphView(false, (page, forward) => forward),
  icicle: graphView(true, (page, forward) => forward),
  reversed: graphView(true, (page, forward) => page.reversedTree(forward)),
  sandwich: sandwichView,
  top: tableView((page) => new TopTable(page, (label) => page.go({ view: 'sandwich', of: page.name(label) }))),
  tree: tableView((page) => new TreeTable(page)),
  heat: heatView,
  chart: chartView,
};
