// SPDX-License-Identifier: Apache-2.0
// The search: the labels that match a query, and the samples that have one of them.

import { Kind } from './transform.js';

// Time limits of a query in the page and in a worker, in milliseconds, and the characters of a name that are searched.
const timeLimit = 300,
  workerTimeLimit = 1500,
  longestSearched = 2000;

// Whether matching takes a time in proportion to the name: without groups and repetitions nothing is tried twice.
function isDirect(pattern) {
  return !/[(*+?{]/.test(pattern.replace(/\\.|\[(?:\\.|[^\]])*\]/gs, 'x'));
}

const workerScript = `onmessage = ({ data: [source, flags, texts] }) => {
  const regex = new RegExp(source, flags);
  postMessage(texts.map((text) => regex.test(text)));
};`;

export class Search {
  // `onFound` is called when a pending search has its result.
  constructor(labels, onFound) {
    Object.assign(this, { labels, onFound, known: new Map(), fields: {} });
  }

  // Makes the first search as fast as the next: fills the caches, and runs the loop over the tree with some matches, so
  // that browsers compile it.
  prepare(tree) {
    this.field('fn');
    const rare = Uint8Array.from({ length: this.labels.count }, (_, label) => (2 * label > this.labels.count ? 1 : 0));
    tree.frames(rare);
    matched(tree, rare);
  }

  // The result of a query: { matches, functions }, { error } or { isPending }. The prefixes `fn:`, `mod:` and `file:`
  // select the searched property.
  find(query, { exactCase, wholeWord, literal }) {
    const key = JSON.stringify([query, exactCase, wholeWord, literal]);
    if (!this.known.has(key)) {
      if (this.known.size > 8) this.known.clear();
      this.known.set(
        key,
        this.start(query, { exactCase, wholeWord, literal }, (found) => {
          this.known.set(key, found);
          this.onFound();
        }),
      );
    }
    return this.known.get(key);
  }

  start(query, { exactCase, wholeWord, literal }, later) {
    const [, field = 'fn', text] = /^(?:(fn|mod|file):)?(.*)$/s.exec(query);
    const plain = literal ? text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : text,
      flags = exactCase ? '' : 'i';
    // An assertion for either end of a match: it is not inside a word.
    const edge = wholeWord ? '(?<!\\w(?=\\w))' : '',
      pattern = `${edge}(?:${plain})${edge}`;
    const { texts, places } = this.field(field);
    let regex;
    try {
      new RegExp(plain);
      regex = new RegExp(pattern, flags);
    } catch (error) {
      return { error: error.message.replace(/^.*: /s, '') };
    }
    if (!literal && !isDirect(text))
      return this.inWorker([pattern, flags, texts], (found) => later(found.error ? found : this.answer(places, found)));
    const start = performance.now(),
      found = new Uint8Array(texts.length);
    for (let place = 0; place < found.length; place++) {
      if (regex.test(texts[place])) found[place] = 1;
      // The time is read once for 32 names, since reading it takes longer than matching one.
      if (place % 32 === 0 && performance.now() - start > timeLimit)
        return { error: 'search stopped: too slow for this many names' };
    }
    return this.answer(places, found);
  }

  // The distinct texts of a property, cut to the searched length, and for each label the index of its text.
  field(name) {
    if (!this.fields[name]) {
      const all = { fn: this.labels.names, mod: this.labels.modules, file: this.labels.files }[name],
        known = new Map();
      const places = Int32Array.from(all, (text) => known.get(text) ?? (known.set(text, known.size), known.size - 1));
      this.fields[name] = { texts: Array.from(known.keys(), (text) => text.slice(0, longestSearched)), places };
    }
    return this.fields[name];
  }

  inWorker(message, later) {
    let worker;
    const end = (found) => {
      clearTimeout(timer);
      worker?.terminate();
      later(found);
    };
    const timer = setTimeout(() => end({ error: 'search stopped: this pattern takes too long' }), workerTimeLimit);
    const fail = () => end({ error: 'this pattern may take too long, and no worker can try it here' });
    try {
      const address = URL.createObjectURL(new Blob([workerScript], { type: 'text/javascript' }));
      worker = Object.assign(new Worker(address), { onmessage: ({ data }) => end(data), onerror: fail });
      URL.revokeObjectURL(address);
      worker.postMessage(message);
    } catch {
      setTimeout(fail);
    }
    return { isPending: true };
  }

  answer(places, found) {
    const { kinds, count } = this.labels,
      matches = new Uint8Array(count);
    let functions = 0;
    for (let label = 0; label < count; label++) {
      if (kinds[label] === Kind.all || !found[places[label]]) continue;
      matches[label] = 1;
      functions++;
    }
    return { matches, functions };
  }
}

// The samples of a subtree that have a match in it, each counted once: the subtree of a match is skipped. `column`: the
// tree, or a side of it.
export function matched(tree, matches, from = 0, column = tree) {
  const { label, end } = tree,
    { total } = column,
    last = end[from];
  let samples = 0;
  for (let node = from; node < last;) {
    if (matches[label[node]]) {
      samples += total[node];
      node = end[node];
    } else node++;
  }
  return samples;
}
