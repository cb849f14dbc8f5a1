// SPDX-License-Identifier: Apache-2.0
// The notes around a view: active filters, legend, result of the search and total.

import { counted, cut, grouped, h, percent, spot } from './dom.js';
import { matched } from './search.js';
import { stretchOf, timesText } from './timeline.js';

const sideNames = ['before', 'after'];

// A button for each active filter, which removes it.
export function chips(page) {
  const { state } = page;
  const chip = (text, name, change) => {
    const shown = name.startsWith('mod:') ? cut(name.slice(4), 40, true) : cut(name, 40);
    const properties = { type: 'button', title: `Remove this filter: ${name}`, onclick: () => page.go(change) };
    return h('button.chip', properties, `${text}: ${shown} ×`);
  };
  const list = (key, text) =>
    state[key].map((name) => chip(text, name, { [key]: state[key].filter((other) => other !== name) }));
  const range = (key, text) => {
    const stretch = page.timeline && stretchOf(state[key]);
    return stretch ? [chip(text, timesText(stretch), { [key]: '' })] : [];
  };
  return [
    ...list('only', 'only with'),
    ...list('drop', 'without'),
    ...list('hide', 'hidden'),
    ...range('time', 'time'),
    ...range('base', 'compared with'),
    ...(state.keep ? [chip('only matching', state.keep, { keep: '' })] : []),
  ];
}

// The meaning of the colours: squares and a text for each entry.
export function legend({ difference, facts, paints }) {
  if (difference) {
    return difference.legend.map(([first, last, text]) => {
      const isSame = Number(first) === difference.same;
      const shown = paints.slice(first, Number(last) + 1);
      return h('span', {}, ...shown.map(({ fill }) => spot(isSame ? { class: 'group' } : { fill })), text);
    });
  }
  return (facts.legend ?? []).map((line) => {
    const [, shown, text] = /^([\d,]+) (.*)$/s.exec(line);
    return h('span', {}, ...shown.split(',').map((paint) => spot({ fill: paints[paint].fill })), text);
  });
}

// The result of the search: the share of all samples and of the zoom; of a difference, on each side.
export function resultText(page, graph, isZoomed) {
  const { found } = page,
    tree = graph && !graph.tree.isChart ? graph.tree : page.tree;
  if (found.error || found.isPending) return found.error ?? 'Searching …';
  // Merged frames may match.
  const least = page.fact('mergednodes') ? 'at least ' : '';
  const share = (from, column = tree) =>
    least + percent(matched(tree, found.matches, from, column), column.total[from]);
  const sides = (from) => tree.sides.map((side, i) => `${share(from, side)} ${sideNames[i]}`).join(', ');
  const of = (whole, from) => (tree.sides.length ? `of ${whole} ${sides(from)}` : `${share(from)} of ${whole}`);
  const zoom = isZoomed ? `, ${of('zoom', graph.zoomed)}` : '';
  const frames = counted(tree.frames(found.matches), 'frames');
  return `Matched ${of('all', 0)}${zoom} · ${counted(found.functions, 'functions')}, ${frames}`;
}

// The total of what is shown, and what the file merged.
export function totalText(page) {
  const { tree, metric, all } = page,
    merged = Number(page.fact('mergednodes'));
  const of = tree.total[0] < all ? ` of ${metric.number(all)}` : '';
  const total = page.difference
    ? sideNames.map((side, i) => `${side} ${metric.text(tree.sides[i].total[0])}`).join(', ')
    : `total ${metric.text(tree.total[0])}${of}`;
  const parts = [total, counted(tree.count - 1, 'frames')];
  if (merged) {
    // The file says what they hold of its first metric only.
    const isFirst = metric === page.metrics[0];
    const share = isFirst ? `, ${percent(Number(page.fact('mergedsamples')), all)} of the samples,` : '';
    parts.push(`the smallest ${grouped(merged)} frames${share} are merged into their callers`);
  }
  return parts.join(' · ');
}
