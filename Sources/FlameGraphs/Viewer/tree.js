// SPDX-License-Identifier: Apache-2.0
// Call trees in columns of numbers, nodes in preorder.

class Tree {
  // `sides`: of a difference, the own and total of either side.
  constructor(count, sides = 0) {
    this.count = count;
    this.sides = Array.from({ length: sides }, () => ({ own: new Float64Array(count), total: new Float64Array(count) }));
    for (const name of ['label', 'depth', 'parent', 'end']) this[name] = new Int32Array(count);
    for (const name of ['own', 'total', 'left']) this[name] = new Float64Array(count);
  }

  // The same nodes, without samples.
  shape(sides = 0) {
    const tree = new Tree(this.count, sides);
    tree.label.set(this.label);
    tree.depth.set(this.depth);
    return tree;
  }

  // From label, depth and own: who stands on whom, where subtrees end, samples with all above, and
  // samples to the left. Children begin where their parent does; its own samples come last.
  complete() {
    const { count, depth, parent, end, own, total, left } = this;
    const last = [0], next = new Float64Array(count);
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

  * children(node) {
    for (let child = node + 1; child < this.end[node]; child = this.end[child]) yield child;
  }

  // Labels from the root's child to the node.
  path(node) {
    const path = [];
    for (; node > 0; node = this.parent[node]) path.push(this.label[node]);
    return path.reverse();
  }

  contains(outer, inner) {
    return inner >= outer && inner < this.end[outer];
  }
}

// Merges paths of labels into a tree; siblings stand in the order of `rank`.
class TreeBuilder {
  constructor(rank, rootLabel, sides) {
    this.rank = rank;
    this.labels = [rootLabel];
    this.parents = [-1];
    this.own = [0];
    this.sides = Array.from({ length: sides }, () => [0]);
    this.table = new Int32Array(4096);
    this.lastLabels = [];
    this.lastNodes = [];
  }

  // With the samples of a node of another tree: its own, or all.
  add(path, length, tree, from, column = 'own') {
    let depth = 0;
    while (depth < length && this.lastLabels[depth] === path[depth]) depth++;
    this.lastLabels.length = this.lastNodes.length = depth;
    let node = depth ? this.lastNodes[depth - 1] : 0;
    for (; depth < length; depth++) {
      node = this.child(node, path[depth]);
      this.lastLabels.push(path[depth]);
      this.lastNodes.push(node);
    }
    this.own[node] += tree[column][from];
    for (let i = 0; i < this.sides.length; i++) this.sides[i][node] += tree.sides[i][column][from];
  }

  child(parent, label) {
    const mask = this.table.length - 1;
    let slot = this.slot(parent, label) & mask;
    for (let entry; (entry = this.table[slot]) !== 0; slot = (slot + 1) & mask) {
      if (this.parents[entry] === parent && this.labels[entry] === label) return entry;
    }
    const node = this.labels.push(label) - 1;
    this.parents.push(parent);
    this.own.push(0);
    for (const side of this.sides) side.push(0);
    this.table[slot] = node;
    if (node * 3 > mask * 2) {
      this.table = new Int32Array(2 * mask + 2);
      for (let other = 1; other <= node; other++) {
        let free = this.slot(this.parents[other], this.labels[other]) & (2 * mask + 1);
        while (this.table[free] !== 0) free = (free + 1) & (2 * mask + 1);
        this.table[free] = other;
      }
    }
    return node;
  }

  slot(parent, label) {
    const mixed = Math.imul(parent ^ Math.imul(label, 0x9e3779b1), 0x85ebca6b);
    return (mixed ^ mixed >>> 15) >>> 0;
  }

  // A counting sort by rank; then each node goes in front of its siblings, the last ones first.
  finish() {
    const { labels, parents, own, rank } = this, count = labels.length;
    const starts = new Int32Array(rank.length + 1), order = new Int32Array(count);
    for (const label of labels) starts[rank[label] + 1]++;
    for (let place = 1; place < starts.length; place++) starts[place] += starts[place - 1];
    for (let node = 0; node < count; node++) order[starts[rank[labels[node]]]++] = node;
    const first = new Int32Array(count).fill(-1), next = new Int32Array(count).fill(-1);
    for (let place = count - 1; place >= 0; place--) {
      const node = order[place], parent = parents[node];
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
