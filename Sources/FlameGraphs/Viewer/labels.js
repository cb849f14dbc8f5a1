// SPDX-License-Identifier: Apache-2.0
// The labels of a tree: their order, and the labels of threads without ids.

import { Kind } from './transform.js';

// The groupings of threads: value and text of each choice.
export const groups = [
  ['name', 'Threads by name'],
  ['process', 'Each process and thread'],
  ['none', 'All threads in one'],
];

// For each label its index in the order of names.
export function ranks(labels) {
  const order = Array.from({ length: labels.count }, (_, label) => label);
  const { names, kinds, modules, files, lines } = labels;
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  order.sort(
    (a, b) =>
      compare(names[a], names[b]) ||
      kinds[a] - kinds[b] ||
      compare(modules[a], modules[b]) ||
      compare(files[a], files[b]) ||
      lines[a] - lines[b],
  );
  const rank = new Int32Array(labels.count);
  order.forEach((label, place) => {
    rank[label] = place;
  });
  return rank;
}

// Adds a label for each distinct name of a thread with an id, for groups by name. Returns `named`, for each label the
// one without an id, and whether there is a choice of groups: one process with one thread is none.
export function addThreadNames(labels) {
  const known = new Map(),
    named = Array.from(labels.names, (_, label) => label);
  let groups = 0;
  for (let label = 0, count = labels.count; label < count; label++) {
    if (labels.kinds[label] === Kind.process || labels.kinds[label] === Kind.thread) groups++;
    if (labels.kinds[label] !== Kind.thread || labels.lines[label] < 0) continue;
    const name = labels.names[label];
    if (!known.has(name)) {
      known.set(name, labels.count++);
      const added = {
        names: name,
        kinds: Kind.thread,
        modules: '',
        files: '',
        lines: -1,
        paints: labels.paints[label],
      };
      for (const [column, value] of Object.entries(added)) labels[column].push(value);
    }
    named[label] = known.get(name);
  }
  return { named, hasThreads: known.size > 0, hasChoice: known.size > 0 && groups > 2 };
}
