// SPDX-License-Identifier: Apache-2.0
// What each view makes of the tree: { element, graph?, set(tree, matches), draw() }.

function graphOf(page, down) {
  const graph = new Graph(page, { down, on: {
    zoom: (node) => page.zoomTo(graph, node),
    show: (node, at, isSaid) => page.tooltip.show(graph, node, at, isSaid),
    hide: () => page.tooltip.hide(),
    menu: (node, at) => page.menu.open(graph, node, at),
  } });
  return graph;
}

// The node that the address names, or the nearest one on the way there.
function findPath(page, tree, path) {
  let node = 0;
  for (const name of path) {
    let next = -1;
    for (const child of tree.children(node)) if (page.name(tree.label[child]) === name) { next = child; break; }
    if (next < 0) break;
    node = next;
  }
  return node;
}

function graphView(down, treeOf) {
  return (page) => {
    const graph = graphOf(page, down);
    return {
      element: h('div.graphs', {}, graph.element), graph,
      set(forward, matches) {
        const tree = treeOf(page, forward);
        graph.set(tree, matches);
        graph.zoomed = findPath(page, tree, page.state.zoom);
      },
      draw: () => graph.draw(),
    };
  };
}

// Callers above a function, callees below it; without one, the table to choose from.
function sandwichView(page) {
  const callers = graphOf(page, false), callees = graphOf(page, true);
  const table = new TopTable(page, (label) => page.go({ of: page.name(label) }));
  const element = h('div');
  let isTable = true, last;
  // Each half zooms by itself; what it zooms to is no part of the address.
  for (const graph of [callers, callees]) graph.on.zoom = (node) => { graph.zoomed = node; graph.draw(); };
  return {
    element,
    set(forward, matches) {
      const label = page.data.labels.names.findIndex((_, label) => page.name(label) === page.state.of);
      isTable = label < 0;
      if (isTable) {
        table.set(forward, matches);
        return element.replaceChildren(h('p.lead', {}, 'Choose a function: its callers will stand above it, what it calls below.'), table.element);
      }
      if (last?.forward !== forward || last.label !== label) last = { forward, label, ...sandwich(page.data, forward, label) };
      callers.set(last.callers, matches);
      callees.set(last.callees, matches);
      const share = page.difference ? '' : `${counted(last.callers.total[0], page.unit)}, ${percent(last.callers.total[0], forward.total[0])} of all`;
      const change = page.difference?.of(last.callers, 0);
      element.replaceChildren(
        h('p.lead', {}, h('strong', {}, page.name(label)), ` ${change ? `before ${page.difference.text(change.before)}, after ${page.difference.text(change.after)}, ${page.difference.deltaText(change)}` : share} `,
          h('button', { type: 'button', onclick: () => page.go({ of: '' }) }, 'Choose another')),
        h('h2', {}, 'Called by'), h('div.graphs', {}, callers.element), h('h2', {}, 'Calls'), h('div.graphs', {}, callees.element));
    },
    draw() {
      if (isTable) return table.draw();
      callers.draw();
      callees.draw();
    },
  };
}

function tableView(make) {
  return (page) => {
    const table = make(page);
    return { element: table.element, set: (tree, matches) => table.set(tree, matches), draw: () => table.draw() };
  };
}

const makeView = {
  flame: graphView(false, (page, forward) => forward),
  icicle: graphView(true, (page, forward) => forward),
  reversed: graphView(true, (page, forward) => page.reversedTree(forward)),
  sandwich: sandwichView,
  top: tableView((page) => new TopTable(page, (label) => page.go({ view: 'sandwich', of: page.name(label) }))),
  tree: tableView((page) => new TreeTable(page)),
};
