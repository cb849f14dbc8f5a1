// SPDX-License-Identifier: Apache-2.0
// The decoder of the payload: see docs/outputs.md, "The payload".

import { Tree } from './tree.js';

// The payload as { tree, labels, ticks, facts, columns }. `labels` has one array for each property; `facts` one list of
// values for each key, since keys can repeat. `ticks` is undefined where samples have no times. `columns`: for each
// metric its values by node, those of `tree` first.
export function decode(bytes) {
  let at = 0;
  function number() {
    let value = 0,
      factor = 1,
      byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * factor;
      factor *= 128;
    } while (byte > 127);
    return value;
  }
  if (number() !== 1) throw new Error('made by a newer flameback');
  const nodes = number(),
    count = number();
  const lengths = Array.from({ length: number() }, number);
  const starts = [];
  lengths.reduce((start, length) => (starts.push(start), start + length), at);

  const tree = new Tree(nodes, lengths[8] ? 2 : 0);
  at = starts[0];
  for (let node = 1; node < nodes; node++) tree.depth[node] = tree.depth[node - 1] + 1 - number();
  at = starts[1];
  for (let node = 0; node < nodes; node++) tree.label[node] = number();
  at = starts[2];
  for (let node = 0; node < nodes; node++) tree.own[node] = number();
  const columns = [tree.own];
  for (let section = 10; section < lengths.length; section++) {
    at = starts[section];
    columns.push(Float64Array.from({ length: nodes }, number));
  }
  if (tree.sides.length) {
    tree.sides[1].own.set(tree.own);
    at = starts[8];
    for (let node = 0; node < nodes; node++) tree.sides[0].own[node] = number();
  }

  const decoder = new TextDecoder();
  const lines = (section) =>
    decoder
      .decode(bytes.subarray(starts[section], starts[section] + lengths[section]))
      .split('\n')
      .slice(0, -1);
  const [names, modules, files, facts] = [4, 5, 6, 7].map(lines);
  at = starts[3] + count;
  const each = (make) => Array.from({ length: count }, make);
  const pick = (texts) =>
    each(() => {
      const n = number();
      return n ? texts[n - 1] : '';
    });
  const labels = {
    count,
    names,
    kinds: Array.from(bytes.subarray(starts[3], at)),
    modules: pick(modules),
    files: pick(files),
    lines: each(() => number() - 1),
    paints: each(number),
  };

  let ticks;
  if (lengths[9]) {
    ticks = { time: [], node: [] };
    at = starts[9];
    for (let time = 0; at < starts[9] + lengths[9];) {
      ticks.time.push((time += number()));
      ticks.node.push(number());
    }
  }

  const known = {};
  for (const line of facts) {
    const sign = line.indexOf('=');
    (known[line.slice(0, sign)] ??= []).push(line.slice(sign + 1));
  }
  return { tree: tree.complete(), labels, ticks, facts: known, columns };
}

// The colours of a palette, from its fact: `rrggbb` and `w` or `k` for white or black text, separated by blanks.
export const paintsOf = (text) =>
  text.split(' ').map((paint) => ({ fill: '#' + paint.slice(0, 6), isWhite: paint[6] === 'w' }));
