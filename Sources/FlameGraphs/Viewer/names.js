// SPDX-License-Identifier: Apache-2.0
// Shorter names: template arguments and call arguments become `…`.

export const nameForms = [
  ['whole', 'Whole names'],
  ['short', 'Names without arguments'],
  ['tail', 'Ends of names'],
  ['short-tail', 'Ends without arguments'],
];

// The parts of a name: operators and arrows, whose < and > are no brackets, or single characters.
const nameParts = /\boperator *(?:<=>|<<=?|>>=?|->\*?|[<>]=?|\(\))(?: (?=<))?|->|[^]/g;

// The short form of a name: `std::vector<…>::push_back(…)`. Brackets that identify a function stay: those at the
// start of a name, such as `<init>` or Rust's `<T as Trait>`, Go's `(*T)` and `(anonymous namespace)`.
export function shortName(name) {
  let short = '',
    depth = 0,
    last = '';
  for (const [part] of name.matchAll(nameParts)) {
    if (part === '<' && (depth || /[\w:]/.test(last))) {
      if (depth++ === 0) short += '<…>';
    } else if (part === '>' && depth) depth--;
    else if (!depth) short += part;
    last = part;
  }
  if (depth) return name;
  const close = short.lastIndexOf(')'),
    after = short.slice(close + 1);
  let open = close;
  for (let level = 0; open >= 0; open--) {
    if (short[open] === ')') level++;
    else if (short[open] === '(' && --level === 0) break;
  }
  const isCall =
    open > 0 &&
    close > open + 1 &&
    /[\w>)]/.test(short[open - 1]) &&
    /^(?: ?(?:const|volatile|noexcept|&|\[[^\]]*\]))*$/.test(after);
  return isCall ? `${short.slice(0, open)}(…)${after}` : short;
}

// For functions without a known name the offsets at which they were sampled, as a text by name.
export function offsetsOf({ offsets = [] }) {
  const texts = offsets.map((line) => {
    const [, count, first, name] = /^(\d+) ([\da-f,]+) (.*)$/s.exec(line);
    const shown = first.split(',').map((offset) => `+0x${offset}`);
    const rest = count > shown.length ? ` and ${count - shown.length} more` : '';
    return [name, `name unknown, at ${shown.join(', ')}${rest}`];
  });
  return new Map(texts);
}
