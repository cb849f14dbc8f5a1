// SPDX-License-Identifier: Apache-2.0
// Call trees, stored as columns of numbers with nodes in preorder.

export class Tree {
  // `count`: nodes, the root included. `sides`: 2 for a difference, whose sides have `own` and `total` each; else 0.
  constructor(count, sides = 0) {
    this.count = count;
    this.sides = Array.from({ length: sides }, () => ({
      own: new Float64Array(count),
      total: new Float64Array(count),
    }));
    for (const name of ['label', 'depth', 'parent', 'end']) this[name] = new Int32Array(count);
    for (const name of ['own', 'total', 'left']) this[name] = new Float64Array(count);
  }

  // A tree of the same nodes without samples.
  shape(sides = 0) {
    const tree = new Tree(this.count, sides);
    tree.label.set(this.label);
    tree.depth.set(this.depth);
    return tree;
  }

  // A tree of the same nodes with other values.
  weighted(own) {
    const tree = this.shape();
    tree.own.set(own);
    return tree.complete();
  }

  // Computes `parent`, `end` (of the subtree), `total` and `left` from `label`, `depth` and `own`. `left` is the sum of
  // the samples to the left; the first child begins where its parent does.
  complete() {
    const { count, depth, parent, end, own, total, left } = this;
    const last = [0],
      next = new Float64Array(count);
    parent[0] = -1;
    for (let node = 1; node < count; node++) {
      parent[node] = last[depth[node] - 1];
      last[depth[node]] = node;
    }
    total.set(own);
    for (let node = count - 1; node >= 0; node--) {
      if (end[node] === 0) end[node] = node + 1;
      if (node === 0) break;
      const p = parent[node];
      total[p] += total[node];
      if (end[p] === 0) end[p] = end[node];
    }
    for (const side of this.sides) {
      side.total.set(side.own);
      for (let node = count - 1; node > 0; node--) side.total[parent[node]] += side.total[node];
    }
    for (let node = 1; node < count; node++) {
      const p = parent[node];
      left[node] = next[node] = next[p];
      next[p] += total[node];
    }
    return this;
  }

  *children(node) {
    for (let child = node + 1; child < this.end[node]; child = this.end[child]) yield child;
  }

  // The labels from the root's child to the node.
  path(node) {
    const path = [];
    for (; node > 0; node = this.parent[node]) path.push(this.label[node]);
    return path.reverse();
  }

  // The number of nodes with a label of `matches`. The nodes of each label are counted at the first call only.
  frames(matches) {
    if (!this.nodesOf) {
      this.nodesOf = new Int32Array(matches.length);
      for (let node = 0; node < this.count; node++) this.nodesOf[this.label[node]]++;
    }
    return this.nodesOf.reduce((sum, nodes, label) => (matches[label] ? sum + nodes : sum), 0);
  }

  contains(outer, inner) {
    return inner >= outer && inner < this.end[outer];
  }
}

// A builder that merges paths of labels into a tree. Siblings are in the order of `rank`. Nodes are growing columns of
// numbers; an open hash table finds a node by parent and label.
export class TreeBuilder {
  constructor(rank, rootLabel, sides) {
    this.rank = rank;
    this.count = 1;
    this.sides = Array.from({ length: sides }, () => new Float64Array(0));
    this.labels = this.parents = new Int32Array(0);
    this.own = new Float64Array(0);
    this.grow(4096);
    this.labels[0] = rootLabel;
    this.parents[0] = -1;
    this.lastLabels = new Int32Array(4096);
    this.lastNodes = new Int32Array(4096);
    this.lastLength = 0;
  }

  // Grows the columns to `capacity` nodes and the hash table to twice as many slots.
  grow(capacity) {
    const grown = (column) => {
      const larger = new column.constructor(capacity);
      larger.set(column);
      return larger;
    };
    this.labels = grown(this.labels);
    this.parents = grown(this.parents);
    this.own = grown(this.own);
    this.sides = this.sides.map(grown);
    this.table = new Int32Array(2 * capacity);
    for (let node = 1; node < this.count; node++) this.table[this.free(this.parents[node], this.labels[node])] = node;
  }

  // Adds a path with the samples of node `from` of another tree: its `own` ones, or its `total`.
  add(path, length, tree, from, column = 'own') {
    if (length > this.lastLabels.length)
      [this.lastLabels, this.lastNodes] = [this.lastLabels, this.lastNodes].map((last) => {
        const longer = new Int32Array(2 * length);
        longer.set(last);
        return longer;
      });
    const { lastLabels, lastNodes } = this,
      most = Math.min(length, this.lastLength);
    let depth = 0;
    while (depth < most && lastLabels[depth] === path[depth]) depth++;
    let node = depth ? lastNodes[depth - 1] : 0;
    for (; depth < length; depth++) {
      lastLabels[depth] = path[depth];
      lastNodes[depth] = node = this.child(node, path[depth]);
    }
    this.lastLength = length;
    this.own[node] += tree[column][from];
    for (let i = 0; i < this.sides.length; i++) this.sides[i][node] += tree.sides[i][column][from];
  }

  // The slot of a node in the table, or the free slot for it.
  free(parent, label) {
    const { table, parents, labels } = this,
      mask = table.length - 1;
    const mixed = Math.imul(parent ^ Math.imul(label, 0x9e3779b1), 0x85ebca6b);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    for (let node; (node = table[slot]) !== 0 && (parents[node] !== parent || labels[node] !== label);)
      slot = (slot + 1) & mask;
    return slot;
  }

  child(parent, label) {
    const slot = this.free(parent, label);
    if (this.table[slot]) return this.table[slot];
    const node = this.count++;
    this.table[slot] = node;
    this.labels[node] = label;
    this.parents[node] = parent;
    if (this.count === this.labels.length) this.grow(2 * this.count);
    return node;
  }

  // The tree. Siblings are ordered by a counting sort of all nodes by rank; then each node is put in front of its
  // siblings, the last ones first.
  finish() {
    const { labels, parents, own, rank, count } = this;
    const starts = new Int32Array(rank.length + 1),
      order = new Int32Array(count);
    this.table = undefined;
    for (let node = 0; node < count; node++) starts[rank[labels[node]] + 1]++;
    for (let place = 1; place < starts.length; place++) starts[place] += starts[place - 1];
    for (let node = 0; node < count; node++) order[starts[rank[labels[node]]]++] = node;
    const first = new Int32Array(count).fill(-1),
      next = new Int32Array(count).fill(-1);
    for (let place = count - 1; place >= 0; place--) {
      const node = order[place],
        parent = parents[node];
      if (parent < 0) continue;
      next[node] = first[parent];
      first[parent] = node;
    }
    const tree = new Tree(count, this.sides.length);
    for (let place = 0, node = 0, depth = 0; place < count; place++) {
      tree.label[place] = labels[node];
      tree.depth[place] = depth;
      tree.own[place] = own[node];
      for (let i = 0; i < this.sides.length; i++) tree.sides[i].own[place] = this.sides[i][node];
      if (first[node] >= 0) {
        node = first[node];
        depth++;
        continue;
      }
      while (node > 0 && next[node] < 0) {
        node = parents[node];
        depth--;
      }
      if (node > 0) node = next[node];
    }
    return tree.complete();
  }
}
