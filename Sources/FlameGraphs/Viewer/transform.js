// SPDX-License-Identifier: Apache-2.0
// Trees made of trees: other groups, other roots, less in them.

const Kind = { all: 0, thread: 1, user: 2, inlined: 3, kernel: 4, anonymous: 5, unknown: 6, truncated: 7, process: 8 };

const isGroup = (kind) => kind === Kind.all || kind === Kind.thread || kind === Kind.process;

const hasOwn = (tree, node) => tree.own[node] > 0 || tree.sides.some((side) => side.own[node] > 0);

const depthOf = (tree) => tree.depth.reduce((most, depth) => Math.max(most, depth), 0);

// Calls `take(labels, length, node)` for each path on which samples end.
function eachStack(tree, take) {
  const path = new Int32Array(depthOf(tree));
  for (let node = 1; node < tree.count; node++) {
    path[tree.depth[node] - 1] = tree.label[node];
    if (hasOwn(tree, node)) take(path, tree.depth[node], node);
  }
  if (hasOwn(tree, 0)) take(path, 0, 0);
}

// What filters make of a stack: `(path, length, out)` tells how many labels it has left, or -1 if it is not
// wanted. `only`: lists of labels of which each must have one in a stack; `drop` those that none may
// have, `hide` those that are taken out of stacks; `merge` makes one of functions that call themselves
// directly. `group` is what the samples stand on.
function stackFilter({ labels, byName }, { only, drop, hide, merge, group }) {
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
        // What threads stand on, a CPU or cgroup, is no thread.
        if (group === 'none' && (i + 1 === length || !isGroup(labels.kinds[path[i + 1]]))) continue;
        if (group === 'name') label = byName(label);
      }
      if (merge && n > 0 && out[n - 1] === label) continue;
      out[n++] = label;
    }
    return n;
  };
}

// The stacks of a tree that pass the filter.
function filtered({ tree, rank }, filter) {
  const builder = new TreeBuilder(rank, tree.label[0], tree.sides.length), out = new Int32Array(depthOf(tree));
  eachStack(tree, (path, length, node) => {
    const left = filter(path, length, out);
    if (left >= 0) builder.add(out, left, tree, node);
  });
  return builder.finish();
}

// From the functions that ran to those that called them.
function reversed(data, tree) {
  const builder = new TreeBuilder(data.rank, tree.label[0], tree.sides.length), out = new Int32Array(depthOf(tree));
  eachStack(tree, (path, length, node) => {
    for (let i = 0; i < length; i++) out[i] = path[length - 1 - i];
    builder.add(out, length, tree, node);
  });
  return Object.assign(builder.finish(), { isReversed: true });
}

// What a function was called by and what it called, of its outermost calls: their samples once.
function sandwich(data, tree, label) {
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

// For each label its own samples, and those of its outermost calls: recursion counts once. `column`:
// the tree, or a side of it.
function functions(data, tree, column = tree) {
  const own = new Float64Array(data.labels.count), total = new Float64Array(data.labels.count);
  const active = new Int32Array(data.labels.count), open = [];
  for (let node = 0; node < tree.count; node++) {
    while (open.length > tree.depth[node]) active[open.pop()]--;
    const label = tree.label[node];
    own[label] += column.own[node];
    if (active[label]++ === 0) total[label] += column.total[node];
    open.push(label);
  }
  return { own, total };
}
