// SPDX-License-Identifier: Apache-2.0
// Which labels a query means, and how many samples have one of them.

// Patience with a query, in milliseconds, and how much of a name it sees.
const patience = 300, longestSearched = 2000;

// { matches, functions } or { error }. `fn:`, `mod:` and `file:` say what is searched.
function search(labels, query, { exactCase, literal }) {
  const [, field = 'fn', text] = /^(?:(fn|mod|file):)?(.*)$/s.exec(query);
  const texts = { fn: labels.names, mod: labels.modules, file: labels.files }[field];
  let regex;
  try {
    regex = new RegExp(literal ? text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : text, exactCase ? '' : 'i');
  } catch (error) {
    return { error: error.message.replace(/^Invalid regular expression: /, '') };
  }
  const matches = new Uint8Array(labels.count), known = new Map(), start = performance.now();
  let functions = 0;
  for (let label = 0; label < labels.count; label++) {
    const text = texts[label];
    if (labels.kinds[label] === Kind.all) continue;
    let found = known.get(text);
    if (found === undefined) {
      found = regex.test(text.slice(0, longestSearched)) ? 1 : 0;
      known.set(text, found);
      if (performance.now() - start > patience) return { error: 'too slow for this many names' };
    }
    matches[label] = found;
    functions += found;
  }
  return { matches, functions };
}

// Samples of a subtree that have a match in it, each once, and the frames that match. `column`: the
// tree, or a side of it.
function matched(tree, matches, from = 0, column = tree) {
  let samples = 0, frames = 0, coveredUntil = -1;
  for (let node = from; node < tree.end[from]; node++) {
    if (!matches[tree.label[node]]) continue;
    frames++;
    if (node < coveredUntil) continue;
    samples += column.total[node];
    coveredUntil = tree.end[node];
  }
  return { samples, frames };
}
