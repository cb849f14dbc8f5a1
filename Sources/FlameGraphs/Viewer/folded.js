// SPDX-License-Identifier: Apache-2.0
// Folded stacks of what is shown, as Formats/Folded/FoldedWriter.swift writes them.

import { hasOwn, isGroup, Kind } from './transform.js';

// The stack of a node as a line of folded stacks; of a difference with both counts, as difffolded.pl writes it.
// `column`: the node's `total`, or its `own` samples.
export function foldedLine({ labels: { names, kinds } }, node, tree, column = 'total') {
  const root = tree.label[0];
  const frames = [...(kinds[root] === Kind.all ? [] : [root]), ...tree.path(node)].map((label) => {
    const name = names[label].replaceAll(';', ':');
    return isGroup(kinds[label]) ? name.replaceAll(' ', '_') : name.replace(/ (?=[\d.]+$)/, '_') || '[unknown]';
  });
  if (tree.isReversed) frames.reverse();
  let counts = tree.sides.map((side) => side[column][node]);
  if (tree.isChart) counts = [tree.samples[node]];
  else if (!counts.length) counts = [tree[column][node]];
  return `${frames.join(';') || '[unknown]'} ${counts.join(' ')}`;
}

// The stacks that the page shows, below the zoomed node.
export function foldedStacks({ view: { graph }, tree: forward, data }) {
  const tree = graph && !graph.tree.isChart ? graph.tree : forward,
    from = tree === graph?.tree ? graph.zoomed : 0,
    lines = [];
  for (let node = from; node < tree.end[from]; node++) {
    if (hasOwn(tree, node)) lines.push(foldedLine(data, node, tree, 'own') + '\n');
  }
  return lines.sort().join('');
}
