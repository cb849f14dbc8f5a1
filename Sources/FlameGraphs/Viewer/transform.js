// SPDX-License-Identifier: Apache-2.0
// Transformations of call trees: filtered, grouped, reversed, with another root.

import { TreeBuilder } from './tree.js';

// The kinds of labels: the raw values of `BoxKind` in Tree/BoxKind.swift.
export const Kind = {
  all: 0,
  thread: 1,
  user: 2,
  inlined: 3,
  kernel: 4,
  anonymous: 5,
  unknown: 6,
  truncated: 7,
  process: 8,
};

export const isGroup = (kind) => kind === Kind.all || kind === Kind.thread || kind === Kind.process;

export const hasOwn = (tree, node) => tree.own[node] > 0 || tree.sides.some((side) => side.own[node] > 0);

const depthOf = (tree) => tree.depth.reduce((most, depth) => Math.max(most, depth), 0);

// Calls `take(labels, length, node)` for each node with samples of its own; `labels` is the path to it.
function eachStack(tree, take) {
  const path = new Int32Array(depthOf(tree));
  for (let node = 1; node < tree.count; node++) {
    path[tree.depth[node] - 1] = tree.label[node];
    if (hasOwn(tree, node)) take(path, tree.depth[node], node);
  }
  if (hasOwn(tree, 0)) take(path, 0, 0);
}

// The filter of stacks: a function (path, length, out) that writes the remaining labels to `out` and returns their
// count, or -1 if the stack is dropped. `only`: label sets; a stack must have a label of each. `drop`: labels that drop
// a stack. `hide`: labels that are removed from stacks. `merge`: direct recursion becomes one frame. `group`: the
// grouping by thread.
export function stackFilter({ labels, byName }, { only, drop, hide, merge, group }) {
  return (path, length, out) => {
    for (const set of only) {
      let found = false;
      for (let i = 0; i < length && !found; i++) found = set[path[i]] === 1;
      if (!found) return -1;
    }
    let n = 0;
    for (let i = 0; i < length; i++) {
      let label = path[i];
      if (drop[label]) return -1;
      if (hide[label]) continue;
      const kind = labels.kinds[label];
      if (kind === Kind.process && group !== 'process') continue;
      if (kind === Kind.thread) {
        // A label below a thread's is a CPU or cgroup, and stays.
        if (group === 'none' && (i + 1 === length || !isGroup(labels.kinds[path[i + 1]]))) continue;
        if (group === 'name') label = byName(label);
      }
      if (merge && n > 0 && out[n - 1] === label) continue;
      out[n++] = label;
    }
    return n;
  };
}

// The tree of the stacks that pass the filter.
export function filtered({ tree, rank }, filter) {
  const builder = new TreeBuilder(rank, tree.label[0], tree.sides.length),
    out = new Int32Array(depthOf(tree));
  eachStack(tree, (path, length, node) => {
    const left = filter(path, length, out);
    if (left >= 0) builder.add(out, left, tree, node);
  });
  return builder.finish();
}

// The reversed tree: from the functions that ran to those that called them.
export function reversed(data, tree) {
  const builder = new TreeBuilder(data.rank, tree.label[0], tree.sides.length),
    out = new Int32Array(depthOf(tree));
  eachStack(tree, (path, length, node) => {
    for (let i = 0; i < length; i++) out[i] = path[length - 1 - i];
    builder.add(out, length, tree, node);
  });
  return Object.assign(builder.finish(), { isReversed: true });
}

// The callers and the callees of a function, as two trees. Of recursive calls the outermost counts, so that each sample
// counts once.
export function sandwich(data, tree, label) {
  const [callers, callees] = [0, 1].map(() => new TreeBuilder(data.rank, label, tree.sides.length));
  const out = [];
  for (let node = 0; node < tree.count; node++) {
    if (tree.label[node] !== label) continue;
    let length = 0;
    for (let above = tree.parent[node]; above > 0; above = tree.parent[above]) out[length++] = tree.label[above];
    callers.add(out, length, tree, node, 'total');
    const base = tree.depth[node];
    callees.add(out, 0, tree, node);
    for (let inner = node + 1; inner < tree.end[node]; inner++) {
      const depth = tree.depth[inner] - base;
      out[depth - 1] = tree.label[inner];
      if (hasOwn(tree, inner)) callees.add(out, depth, tree, inner);
    }
    node = tree.end[node] - 1;
  }
  return { callers: Object.assign(callers.finish(), { isReversed: true }), callees: callees.finish() };
}

// For each label its own samples and its total; of recursive calls the outermost counts. `column`: the tree, or a side
// of it.
export function functions(data, tree, column = tree) {
  const own = new Float64Array(data.labels.count),
    total = new Float64Array(data.labels.count);
  const active = new Int32Array(data.labels.count),
    open = [];
  for (let node = 0; node < tree.count; node++) {
    while (open.length > tree.depth[node]) active[open.pop()]--;
    const label = tree.label[node];
    own[label] += column.own[node];
    if (active[label]++ === 0) total[label] += column.total[node];
    open.push(label);
  }
  return { own, total };
}
