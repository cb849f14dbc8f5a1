// SPDX-License-Identifier: Apache-2.0
// Which labels a query means, and how many samples have one of them.

// Patience with a query, in milliseconds, and how much of a name it sees.
const patience = 300, workerPatience = 1500, longestSearched = 2000;

// A name can make such a pattern try for ages: it repeats more than one thing, or a group.
function mayTakeAges(pattern) {
  const plain = pattern.replace(/\\.|\[(?:\\.|[^\]])*\]/g, 'x').replace(/\(\?/g, '(');
  return /\)[*+?{]/.test(plain) || (plain.match(/[*+?{]\??/g) ?? []).length > 1;
}

const workerScript = `onmessage = ({ data: [source, flags, texts] }) => {
  const regex = new RegExp(source, flags);
  postMessage(texts.map((text) => regex.test(text)));
};`;

class Search {
  // `onFound`: what was pending has an answer.
  constructor(labels, onFound) {
    Object.assign(this, { labels, onFound, known: new Map(), fields: {} });
  }

  // So that the first search is as fast as the next: its texts and counts are there, and the loop over
  // the tree has run, with some matches, which makes browsers compile it.
  prepare(tree) {
    this.field('fn');
    const rare = Uint8Array.from({ length: this.labels.count }, (_, label) => 2 * label > this.labels.count ? 1 : 0);
    tree.frames(rare);
    matched(tree, rare);
  }

  // { matches, functions }, { error }, or { isPending }. `fn:`, `mod:` and `file:` say what is searched.
  find(query, { exactCase, wholeWord, literal }) {
    const key = JSON.stringify([query, exactCase, wholeWord, literal]);
    if (!this.known.has(key)) {
      if (this.known.size > 8) this.known.clear();
      this.known.set(key, this.start(query, { exactCase, wholeWord, literal }, (found) => {
        this.known.set(key, found);
        this.onFound();
      }));
    }
    return this.known.get(key);
  }

  start(query, { exactCase, wholeWord, literal }, later) {
    const [, field = 'fn', text] = /^(?:(fn|mod|file):)?(.*)$/s.exec(query);
    const plain = literal ? text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : text, flags = exactCase ? '' : 'i';
    // Neither end in the midst of a word.
    const edge = wholeWord ? '(?<!\\w(?=\\w))' : '', pattern = `${edge}(?:${plain})${edge}`;
    const { texts, places } = this.field(field);
    let regex;
    try {
      new RegExp(plain);
      regex = new RegExp(pattern, flags);
    } catch (error) {
      return { error: error.message.replace(/^.*: /s, '') };
    }
    if (!literal && mayTakeAges(pattern)) return this.inWorker([pattern, flags, texts], (found) => later(found.error ? found : this.answer(places, found)));
    const start = performance.now(), found = new Uint8Array(texts.length);
    for (let place = 0; place < found.length; place++) {
      if (regex.test(texts[place])) found[place] = 1;
      // Asking for the time takes longer than a name.
      if (place % 32 === 0 && performance.now() - start > patience) return { error: 'search stopped: too slow for this many names' };
    }
    return this.answer(places, found);
  }

  // Each text once, as much of it as is searched, and for each label the place of its text.
  field(name) {
    if (!this.fields[name]) {
      const all = { fn: this.labels.names, mod: this.labels.modules, file: this.labels.files }[name], known = new Map();
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
    const timer = setTimeout(() => end({ error: 'search stopped: this pattern takes too long' }), workerPatience);
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
    const { kinds, count } = this.labels, matches = new Uint8Array(count);
    let functions = 0;
    for (let label = 0; label < count; label++) {
      if (kinds[label] === Kind.all || !found[places[label]]) continue;
      matches[label] = 1;
      functions++;
    }
    return { matches, functions };
  }
}

// Samples of a subtree that have a match in it, each once: what stands on a match is not looked at.
// `column`: the tree, or a side of it.
function matched(tree, matches, from = 0, column = tree) {
  const { label, end } = tree, { total } = column, last = end[from];
  let samples = 0;
  for (let node = from; node < last;) {
    if (matches[label[node]]) {
      samples += total[node];
      node = end[node];
    } else node++;
  }
  return samples;
}
