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
    Object.assign(this, { labels, onFound, known: new Map() });
  }

  // { matches, functions }, { error }, or { isPending }. `fn:`, `mod:` and `file:` say what is searched.
  find(query, { exactCase, literal }) {
    const key = JSON.stringify([query, exactCase, literal]);
    if (!this.known.has(key)) {
      if (this.known.size > 8) this.known.clear();
      this.known.set(key, this.start(query, exactCase, literal, (found) => {
        this.known.set(key, found);
        this.onFound();
      }));
    }
    return this.known.get(key);
  }

  start(query, exactCase, literal, later) {
    const [, field = 'fn', text] = /^(?:(fn|mod|file):)?(.*)$/s.exec(query);
    const pattern = literal ? text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&') : text, flags = exactCase ? '' : 'i';
    const texts = { fn: this.labels.names, mod: this.labels.modules, file: this.labels.files }[field];
    let regex;
    try {
      regex = new RegExp(pattern, flags);
    } catch (error) {
      return { error: error.message.replace(/^Invalid regular expression: /, '') };
    }
    const distinct = Array.from(new Set(texts)), shortened = distinct.map((text) => text.slice(0, longestSearched));
    const answer = (found) => this.answer(texts, new Map(distinct.map((text, i) => [text, found[i]])));
    if (!literal && mayTakeAges(pattern)) return this.inWorker([pattern, flags, shortened], (found) => later(found.error ? found : answer(found)));
    const start = performance.now(), found = [];
    for (const text of shortened) {
      found.push(regex.test(text));
      if (performance.now() - start > patience) return { error: 'search stopped: too slow for this many names' };
    }
    return answer(found);
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

  answer(texts, isMatch) {
    const matches = new Uint8Array(this.labels.count);
    let functions = 0;
    for (let label = 0; label < matches.length; label++) {
      if (this.labels.kinds[label] === Kind.all || !isMatch.get(texts[label])) continue;
      matches[label] = 1;
      functions++;
    }
    return { matches, functions };
  }
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
