// SPDX-License-Identifier: Apache-2.0
// The tables: functions by cost, and the call tree as an outline.

import { grouped, h, percent, s } from './dom.js';
import { pixels } from './graph.js';
import { functions, isGroup } from './transform.js';

const firstRows = 200;

// The table of functions. A click on a heading sorts it, a click on a name shows callers and callees.
export class TopTable {
  constructor(page, onPick) {
    Object.assign(this, { page, onPick, sort: page.difference ? 'ownDelta' : 'own', up: false, shown: firstRows });
    this.body = h('tbody');
    this.more = h(
      'button',
      {
        type: 'button',
        onclick: () => {
          this.shown *= 4;
          this.draw();
        },
      },
      'Show more',
    );
    const heading = (key, text, ...more) =>
      h(
        'th',
        { scope: 'col', class: key === 'name' ? 'text' : /Before|After/.test(key) ? 'side' : undefined },
        h('button.plain', { type: 'button', 'data-sort': key, onclick: () => this.sortBy(key) }, text),
        ...more,
      );
    const numbers = page.difference
      ? [
          heading('ownBefore', 'Self before'),
          heading('ownAfter', 'after'),
          heading('ownDelta', 'Self change'),
          heading('totalBefore', 'Total before'),
          heading('totalAfter', 'after'),
          heading('totalDelta', 'Total change'),
        ]
      : [heading('own', 'Self'), h('th.share', {}, ''), heading('total', 'Total'), h('th.share', {}, '')];
    this.head = h('tr', {}, ...numbers, heading('name', 'Function'), heading('module', 'Module'));
    this.head.lastChild.setAttribute('class', 'text module');
    this.element = h('div.scroll', {}, h('table.top', {}, h('thead', {}, this.head), this.body), this.more);
  }

  sortBy(key) {
    this.up = this.sort === key ? !this.up : key === 'name' || key === 'module';
    this.sort = key;
    this.draw();
  }

  set(tree, matches) {
    if (tree !== this.tree) {
      this.tree = tree;
      this.costs = functions(this.page.data, tree);
      this.sides = tree.sides.map((side) => functions(this.page.data, tree, side));
      this.shown = firstRows;
    }
    this.matches = matches;
  }

  draw() {
    const { page, costs, matches, sort } = this,
      { labels } = page.data,
      all = this.tree.total[0];
    const changes = {},
      change = (column, l) =>
        (changes[column + l] ??= page.difference.change(this.sides[0][column][l], this.sides[1][column][l]));
    const value = {
      own: (l) => costs.own[l],
      total: (l) => costs.total[l],
      name: (l) => page.data.rank[l],
      module: (l) => labels.modules[l],
      ownBefore: (l) => change('own', l).before,
      ownAfter: (l) => change('own', l).after,
      ownDelta: (l) => Math.abs(change('own', l).delta),
      totalBefore: (l) => change('total', l).before,
      totalAfter: (l) => change('total', l).after,
      totalDelta: (l) => Math.abs(change('total', l).delta),
    }[sort];
    const isThere = (l) => costs.total[l] > 0 || this.sides.some((side) => side.total[l] > 0);
    const changed = (column, l) => {
      const { difference } = page,
        it = change(column, l);
      return [
        h('td.side', {}, difference.text(it.before)),
        h('td.side', {}, difference.text(it.after)),
        h(it.isNoise ? 'td.muted' : 'td', {}, page.swatch(l, it.number), difference.delta(it)),
      ];
    };
    const shared = (column, l) => [
      h('td', {}, percent(costs[column][l], all)),
      h('td.share', {}, bar(costs[column][l] / all), page.metric.number(costs[column][l])),
    ];
    const numbers = page.difference ? changed : shared;
    let rows = [];
    for (let label = 0; label < labels.count; label++) {
      if (isThere(label) && !isGroup(labels.kinds[label]) && (!matches || matches[label])) rows.push(label);
    }
    const order = (a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : 0);
    rows.sort(
      (a, b) =>
        (this.up ? order(a, b) : order(b, a)) ||
        costs.total[b] - costs.total[a] ||
        page.data.rank[a] - page.data.rank[b],
    );
    const found = rows.length;
    rows = rows.slice(0, this.shown);
    this.body.replaceChildren(
      ...rows.map((label) =>
        h(
          'tr',
          {},
          ...numbers('own', label),
          ...numbers('total', label),
          h(
            'td.text',
            {},
            page.difference ? '' : page.swatch(label),
            h(
              'button.plain.name',
              { type: 'button', title: page.name(label), onclick: () => this.onPick(label) },
              page.shownName(label),
            ),
            page.mark(label),
          ),
          h('td.text.module', {}, labels.modules[label]),
        ),
      ),
    );
    for (const cell of this.head.children) {
      const button = cell.querySelector('button');
      if (button)
        cell.setAttribute('aria-sort', button.dataset.sort !== sort ? 'none' : this.up ? 'ascending' : 'descending');
    }
    this.more.textContent = `Show more of ${grouped(found)}`;
    this.more.hidden = found <= this.shown;
  }
}

const bar = (share) =>
  s(
    'svg.bar',
    { viewBox: '0 0 100 10', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    s('rect', { width: pixels(100 * share), height: 10 }),
  );

// The call tree from its root, opened along the path with the most samples.
export class TreeTable {
  constructor(page) {
    this.page = page;
    this.rows = h('div', { role: 'tree', onkeydown: (event) => this.key(event) });
    this.element = h(
      'div.scroll.outline',
      {},
      h(
        'div.line.heading',
        {},
        ...(page.difference ? ['Before', 'After', 'Change'] : ['Total', 'Self']).map((text) =>
          h('span.cost', {}, text),
        ),
        h('span', {}, 'Call tree'),
      ),
      this.rows,
    );
  }

  set(tree, matches) {
    if (tree !== this.tree) {
      this.tree = tree;
      this.open = new Set();
      // The path of the largest children, down to the first that holds less than half of its parent.
      for (let node = 0, best = 0; best >= 0; node = best) {
        this.open.add(node);
        best = -1;
        for (const child of tree.children(node)) if (best < 0 || tree.total[child] > tree.total[best]) best = child;
        if (best >= 0 && tree.total[best] * 2 < tree.total[node]) break;
      }
    }
    this.matches = matches;
  }

  draw() {
    const { tree, page, matches } = this,
      rows = [];
    const visit = [0];
    while (visit.length && rows.length < 3000) {
      const node = visit.pop(),
        label = tree.label[node],
        isOpen = this.open.has(node),
        hasChildren = tree.end[node] > node + 1;
      const row = h(
        'div.line',
        {
          role: 'treeitem',
          tabindex: rows.length ? -1 : 0,
          'aria-level': tree.depth[node] + 1,
          'aria-expanded': hasChildren ? String(isOpen) : undefined,
          'data-node': node,
          onclick: () => this.toggle(node),
        },
        ...this.costs(node),
        h('span.indent'),
        h('span.twist', { 'aria-hidden': 'true' }, hasChildren ? (isOpen ? '▾' : '▸') : ''),
        page.swatch(label, page.paint(tree, node)),
        h(
          matches && matches[label] ? 'span.name.found' : 'span.name',
          { title: page.name(label) },
          page.shownName(label),
        ),
        page.mark(label),
      );
      row.querySelector('.indent').style.width = `${Math.min(tree.depth[node], 60) * 12}px`;
      rows.push(row);
      if (isOpen) visit.push(...Array.from(tree.children(node)).sort((a, b) => tree.total[a] - tree.total[b] || b - a));
    }
    this.rows.replaceChildren(...rows);
  }

  costs(node) {
    const {
      tree,
      page: { difference },
    } = this;
    if (!difference)
      return [
        h('span.cost', {}, percent(tree.total[node], tree.total[0])),
        h('span.cost.muted', {}, tree.own[node] ? percent(tree.own[node], tree.total[0]) : ''),
      ];
    const change = difference.of(tree, node);
    return [difference.text(change.before), difference.text(change.after), difference.delta(change)].map((text, i) =>
      h(i === 2 && change.isNoise ? 'span.cost.muted' : 'span.cost', {}, text),
    );
  }

  toggle(node) {
    if (!this.open.delete(node)) this.open.add(node);
    this.draw();
    this.rows.querySelector(`[data-node="${node}"]`)?.focus();
  }

  key(event) {
    const row = event.target.closest('.line'),
      node = Number(row?.dataset.node),
      isOpen = this.open.has(node);
    if (!row || event.ctrlKey || event.metaKey || event.altKey) return;
    const go = (other) => other?.focus();
    switch (event.key) {
      case 'ArrowDown':
        go(row.nextSibling);
        break;
      case 'ArrowUp':
        go(row.previousSibling);
        break;
      case 'ArrowRight':
        if (!isOpen) this.toggle(node);
        else go(row.nextSibling);
        break;
      case 'ArrowLeft':
        if (isOpen) this.toggle(node);
        else go(this.rows.querySelector(`[data-node="${this.tree.parent[node]}"]`));
        break;
      case 'Enter':
      case ' ':
        this.toggle(node);
        break;
      default:
        return;
    }
    event.preventDefault();
  }
}
