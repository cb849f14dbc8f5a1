// SPDX-License-Identifier: Apache-2.0
// When samples fell: stretches of time, and what of the tree lies in them. Times are microseconds.

// `1.5-3` in seconds, as the address has it; undefined if there is none.
function stretchOf(text) {
  const [from, to] = text.split('-').map((part) => 1e6 * Number(part));
  return text && from < to ? [from, to] : undefined;
}

const stretchText = ([from, to]) => [from, to].map((time) => String(Math.round(time) / 1e6)).join('-');

// `1.2 – 3.45 s`
const timesText = ([from, to]) => `${seconds(from)} – ${seconds(to)}\u00a0s`;

const seconds = (time) => String(Number((time / 1e6).toFixed(3)));

class Timeline {
  // `time` and `node` of each sample, in the order of time; `period` is what a sample stands for.
  constructor(tree, { time, node }, period) {
    Object.assign(this, { tree, time, node, period: period || this.usualGap(time), end: time.at(-1) + 1 });
  }

  usualGap(time) {
    return time.length > 1 ? Math.max(1, (time.at(-1) - time[0]) / (time.length - 1)) : 10000;
  }

  // The first sample that does not lie before a time.
  place(time) {
    let low = 0, high = this.time.length;
    while (low < high) {
      const middle = low + high >> 1;
      if (this.time[middle] < time) low = middle + 1; else high = middle;
    }
    return low;
  }

  count([from, to]) {
    return this.place(to) - this.place(from);
  }

  fill(own, [from, to]) {
    for (let place = this.place(from), end = this.place(to); place < end; place++) own[this.node[place]]++;
  }

  // The whole tree with the samples of a stretch.
  during(stretch) {
    const tree = this.tree.shape();
    this.fill(tree.own, stretch);
    return tree.complete();
  }

  // Of two stretches, as the sides of a difference.
  compared(before, after) {
    const tree = this.tree.shape(2);
    [before, after].forEach((stretch, i) => this.fill(tree.sides[i].own, stretch));
    tree.own.set(tree.sides[1].own);
    return tree.complete();
  }

  // For each node the node of the thread that it is in; 0 where none is known.
  threads(kinds) {
    const { tree } = this;
    if (!this.threadOf) {
      this.threadOf = new Int32Array(tree.count);
      for (let node = 1; node < tree.count; node++) {
        this.threadOf[node] = kinds[tree.label[node]] === Kind.thread ? node : this.threadOf[tree.parent[node]];
      }
    }
    return this.threadOf;
  }

  // Boxes as wide as the time from the first to the last of the samples in a row that have them.
  // Samples that follow each other by half a period more than one are in a row. `framesOf`: the labels
  // of a node's stack above its thread, or undefined if it is not wanted.
  chart(thread, threadOf, [from, to], framesOf) {
    const { tree, time, node: nodes, period } = this, label = [tree.label[thread]], depth = [0], left = [from], right = [to], samples = [0];
    let open = [], last = -Infinity;
    for (let place = this.place(from), end = this.place(to); place < end; place++) {
      if (threadOf[nodes[place]] !== thread) continue;
      const at = time[place], path = framesOf(nodes[place]);
      if (!path) continue;
      let shared = 0;
      if (at - last <= 1.5 * period) while (shared < open.length && shared < path.length && label[open[shared]] === path[shared]) shared++;
      // What is over ends here at the latest.
      for (const node of open.splice(shared)) right[node] = Math.min(right[node], at);
      for (const name of path.slice(shared)) {
        open.push(label.push(name) - 1);
        depth.push(open.length);
        left.push(at);
        samples.push(0);
      }
      for (const node of [0, ...open]) samples[node]++;
      for (const node of open) right[node] = Math.min(to, at + period);
      last = at;
    }
    const chart = new Tree(label.length);
    chart.label.set(label);
    chart.depth.set(depth);
    chart.complete();
    chart.left.set(left);
    chart.total.set(right.map((time, node) => time - left[node]));
    return Object.assign(chart, { isChart: true, samples });
  }
}
