// SPDX-License-Identifier: Apache-2.0
// The times of samples: time ranges, and the part of the tree in a range. Times are microseconds from the start of the
// recording.

import { Kind } from './transform.js';
import { Tree } from './tree.js';

// The range [from, to] of an address' text in seconds, `1.5-3`; undefined if there is none.
export function stretchOf(text) {
  const [from, to] = text.split('-').map((part) => 1e6 * Number(part));
  return text && from < to ? [from, to] : undefined;
}

export const stretchText = ([from, to]) => [from, to].map((time) => String(Math.round(time) / 1e6)).join('-');

// The range as shown: `1.2 – 3.45 s`
export const timesText = ([from, to]) => `${seconds(from)} – ${seconds(to)}\u00a0s`;

export const seconds = (time) => String(Number((time / 1e6).toFixed(3)));

export class Timeline {
  // `time` and `node`: one entry for each sample, in the order of time. `period`: microseconds that a sample stands
  // for, 0 if unknown.
  constructor(tree, { time, node }, period) {
    Object.assign(this, { tree, time, node, period: period || this.usualGap(time), end: time.at(-1) + 1 });
  }

  usualGap(time) {
    return time.length > 1 ? Math.max(1, (time.at(-1) - time[0]) / (time.length - 1)) : 10000;
  }

  // The index of the first sample at or after a time.
  place(time) {
    let low = 0,
      high = this.time.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.time[middle] < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  count([from, to]) {
    return this.place(to) - this.place(from);
  }

  fill(own, [from, to]) {
    for (let place = this.place(from), end = this.place(to); place < end; place++) own[this.node[place]]++;
  }

  // The whole tree with the samples of one range.
  during(stretch) {
    const tree = this.tree.shape();
    this.fill(tree.own, stretch);
    return tree.complete();
  }

  // The whole tree with the samples of two ranges as the sides of a difference.
  compared(before, after) {
    const tree = this.tree.shape(2);
    [before, after].forEach((stretch, i) => this.fill(tree.sides[i].own, stretch));
    tree.own.set(tree.sides[1].own);
    return tree.complete();
  }

  // For each node the node of its thread; 0 where there is none.
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

  // The flame chart of a thread: a box spans the time of consecutive samples that share its frames. Samples are
  // consecutive if they are at most one and a half periods apart. `framesOf(node)`: the labels of a node's stack below
  // its thread; undefined if the filters drop it.
  chart(thread, threadOf, [from, to], framesOf) {
    const { tree, time, node: nodes, period } = this,
      label = [tree.label[thread]],
      depth = [0],
      left = [from],
      right = [to],
      samples = [0];
    let open = [],
      last = -Infinity;
    for (let place = this.place(from), end = this.place(to); place < end; place++) {
      if (threadOf[nodes[place]] !== thread) continue;
      const at = time[place],
        path = framesOf(nodes[place]);
      if (!path) continue;
      let shared = 0;
      if (at - last <= 1.5 * period)
        while (shared < open.length && shared < path.length && label[open[shared]] === path[shared]) shared++;
      // Frames that this sample does not share end here at the latest.
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
