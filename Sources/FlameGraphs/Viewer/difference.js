// SPDX-License-Identifier: Apache-2.0
// The difference of two profiles in one tree: values, words and colours of each change. The arithmetic is that of the
// Swift folder Difference/.

import { grouped, h, percent } from './dom.js';
import { paintsOf } from './payload.js';

export const widths = [
  ['both', 'Width: both sides'],
  ['before', 'Width: before'],
  ['after', 'Width: after'],
];

export class Difference {
  // `tree` has two sides, before and after. `what` is the basis of the comparison: `shares`, `counts`, or `cputime`
  // with the nanoseconds that one sample of each side stands for. `metric`: what the values are of.
  constructor(tree, what, facts, metric) {
    const [basis, ...factors] = what.split(' ');
    Object.assign(this, { whole: tree, metric, basis, trees: {}, all: tree.sides.map((side) => side.total[0]) });
    this.factors = basis === 'cputime' ? factors.map(Number) : [1, 1];
    this.paints = paintsOf(facts.changepalette[0]);
    this.steps = facts.changesteps[0].split(' ').map(Number);
    this.legend = facts.changelegend.map((line) => /^(\d+) (\d+) (.*)$/s.exec(line).slice(1));
    this.same = this.paints.length >> 1;
  }

  // The tree whose box widths are those of `width`: `both` sides, `before` or `after`. Computed once each.
  tree(width) {
    return (this.trees[width] ??= this.weighted(width));
  }

  weighted(width) {
    const { whole, all, factors, basis } = this,
      [before, after] = whole.sides;
    const sum = Math.max(1, all[0] * factors[0] + all[1] * factors[1]);
    const [first, second] =
      basis === 'shares' ? all.map((n) => 2 ** 39 / Math.max(1, n)) : factors.map((factor) => (2 ** 40 * factor) / sum);
    const tree = whole.shape();
    tree.sides = whole.sides;
    for (let node = 0; node < whole.count; node++) {
      tree.own[node] =
        (width === 'after' ? 0 : before.own[node] * first) + (width === 'before' ? 0 : after.own[node] * second);
    }
    return tree.complete();
  }

  // The change from `before` to `after` samples, with its index in `paints`. See Difference/Change.swift.
  change(before, after) {
    const {
        basis,
        factors: [first, second],
      } = this,
      [n1, n2] = this.all.map((n) => Math.max(1, n));
    const isShare = basis === 'shares',
      pooled = (before + after) / (n1 + n2);
    const was = isShare ? before / n1 : before * first,
      is = isShare ? after / n2 : after * second,
      delta = is - was;
    const variance = isShare ? pooled * (1 - pooled) * (1 / n1 + 1 / n2) : (before + after) * first * second;
    const relative = isShare ? delta : delta / Math.max(1, this.all[0] * first, this.all[1] * second);
    const isNoise = delta === 0 || Math.abs(delta) < 2 * Math.sqrt(variance);
    let number = this.same;
    if (!isNoise) {
      const strength = 1 + this.steps.filter((step) => Math.abs(relative) >= step).length;
      number = before === 0 ? this.paints.length - 1 : after === 0 ? 0 : this.same + Math.sign(relative) * strength;
    }
    return { before: was, after: is, delta, isNoise, number };
  }

  of(tree, node, column = 'total') {
    return this.change(...tree.sides.map((side) => side[column][node]));
  }

  sign(number) {
    return number === 0 ? '− ' : number === this.paints.length - 1 ? '+ ' : '';
  }

  // A value in the basis' unit: `12.34 %`, `1.23 s`, `123`.
  text(value) {
    return this.basis === 'shares'
      ? percent(value, 1)
      : this.basis === 'cputime'
        ? `${(value / 1e9).toFixed(2)}\u00a0s`
        : grouped(value);
  }

  // A signed change: `+1.23`; shares are in percentage points. `~` marks a change within sampling noise.
  delta({ delta, isNoise }) {
    const text = this.basis === 'shares' ? (100 * Math.abs(delta)).toFixed(2) : this.text(Math.abs(delta));
    return delta === 0 ? text : `${isNoise ? '~' : ''}${delta > 0 ? '+' : '−'}${text}`;
  }

  // The signed change with its unit.
  deltaText(change) {
    return this.delta(change) + (this.basis === 'shares' ? '\u00a0points' : '');
  }

  // The lines of a node's tooltip.
  describe(tree, node) {
    const samples = (column) => tree.sides.map((side) => this.metric.text(side[column][node]));
    const total = this.of(tree, node),
      own = this.of(tree, node, 'own'),
      [before, after] = samples('total');
    const verdict =
      total.delta === 0
        ? 'the same'
        : total.isNoise
          ? 'within sampling noise'
          : total.before === 0
            ? 'only after'
            : total.after === 0
              ? 'only before'
              : total.delta > 0
                ? 'more'
                : 'less';
    return [
      h('span', {}, `before ${this.text(total.before)} (${before})`),
      h('span', {}, `after ${this.text(total.after)} (${after})`),
      h('strong', {}, `${this.deltaText(total)}: ${verdict}`),
      h(
        'span.muted',
        {},
        own.before || own.after
          ? `self: before ${this.text(own.before)}, after ${this.text(own.after)}, ${this.deltaText(own)}`
          : 'self 0',
      ),
    ];
  }
}
