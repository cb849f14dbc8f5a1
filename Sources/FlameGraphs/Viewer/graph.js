// SPDX-License-Identifier: Apache-2.0
// A flame graph of one tree, drawn as the static picture is: a box is a thick line, all boxes of a colour are one path,
// and boxes that are wide enough have a label. The measures are those of Picture/SVGGeometry.swift.

import { cut, s } from './dom.js';
import { isGroup } from './transform.js';

const gap = 0.6,
  gapFrom = 2,
  narrowest = 0.5,
  inset = 4;

export class Graph {
  // `down`: the root is on top. `on`: callbacks zoom(node), show(node, event), hide() and menu(node, event).
  constructor(page, { down = false, on }) {
    const boxHeight = page.rowHeight - 1;
    Object.assign(this, {
      page,
      down,
      on,
      boxHeight,
      rowHeight: page.rowHeight,
      baseline: boxHeight / 2 + (page.fontSize * 4) / 11,
      zoomed: 0,
      focus: -1,
      matches: null,
      rowCount: 0,
    });
    this.boxes = s('g', { 'stroke-width': boxHeight });
    this.found = s('path.match', { 'stroke-width': boxHeight });
    this.texts = s('g.labels');
    this.hover = s('rect.hover', { height: boxHeight, display: 'none' });
    this.ring = s('rect.ring', { height: boxHeight, display: 'none' });
    this.element = s(
      'svg.graph',
      {
        tabindex: 0,
        role: 'application',
        'aria-label': 'Flame graph. Arrow keys move, Enter zooms, Escape resets, slash searches.',
        onclick: (event) => {
          const node = this.at(event);
          if (node >= 0) {
            this.moveTo(node);
            on.zoom(node);
          }
        },
        onmousemove: (event) => {
          const node = this.at(event);
          this.frame(this.hover, node);
          if (node >= 0) on.show(node, event);
          else on.hide();
        },
        onmouseleave: () => {
          this.frame(this.hover, -1);
          on.hide();
        },
        oncontextmenu: (event) => {
          const node = this.at(event);
          if (node >= 0) {
            event.preventDefault();
            this.moveTo(node);
            on.menu(node, event);
          }
        },
        onkeydown: (event) => this.key(event),
        onblur: () => on.hide(),
      },
      this.boxes,
      this.found,
      this.texts,
      this.hover,
      this.ring,
    );
  }

  set(tree, matches) {
    if (tree !== this.tree) Object.assign(this, { tree, zoomed: 0, focus: -1, rowCount: 0 });
    this.matches = matches;
  }

  // Positions of all boxes that are wide enough to be seen, by row, from left to right.
  layOut(width) {
    const { tree, zoomed } = this,
      rows = [];
    const scale = width / Math.max(1, tree.total[zoomed]),
      origin = tree.left[zoomed];
    const put = (node, x, w) => {
      const row = (rows[tree.depth[node]] ??= { nodes: [], x: [], w: [] });
      row.nodes.push(node);
      row.x.push(x);
      row.w.push(w);
    };
    for (let above = tree.parent[zoomed]; above >= 0; above = tree.parent[above]) put(above, 0, width);
    for (let node = zoomed; node < tree.end[zoomed];) {
      const w = node === zoomed ? width : tree.total[node] * scale;
      if (w >= narrowest) {
        put(node, (tree.left[node] - origin) * scale, w);
        node++;
      } else node = tree.end[node];
    }
    return rows;
  }

  // Draws the graph. After a search alone, boxes keep their positions and only the matches are drawn again.
  draw() {
    const {
        tree,
        zoomed,
        page: {
          column,
          state: { names },
        },
        drawn,
      } = this,
      width = Math.max(200, this.element.parentNode.clientWidth);
    if (
      drawn?.tree !== tree ||
      drawn.zoomed !== zoomed ||
      drawn.width !== width ||
      drawn.column !== column ||
      drawn.names !== names
    ) {
      this.drawn = { tree, zoomed, width, column, names };
      this.drawBoxes(width);
    }
    this.drawFound();
  }

  drawBoxes(width) {
    const { tree, zoomed, page } = this,
      rows = (this.rows = this.layOut(width)),
      isEnd = page.state.names.endsWith('tail');
    // The number of rows never shrinks, so that a zoom does not move the graph on the page.
    const before = this.rowCount;
    this.rowCount = Math.max(before, rows.length);
    this.height = this.rowCount * this.rowHeight;
    const paths = new Map();
    this.labels = [];
    rows.forEach((row, depth) =>
      row.nodes.forEach((node, i) => {
        const w = row.w[i],
          label = tree.label[node],
          kind = page.data.labels.kinds[label],
          paint = page.paint(tree, node);
        const key =
          depth < tree.depth[zoomed]
            ? 'caller'
            : (page.difference ? paint === page.difference.same : isGroup(kind))
              ? 'group'
              : paint;
        if (!paths.has(key)) paths.set(key, []);
        paths.get(key).push(this.line(depth, i));
        const text = cut(
          page.shownName(label),
          Math.trunc((w - 2 * inset + 1) / page.column),
          isEnd,
          page.difference?.sign(paint),
        );
        if (!text) return;
        const ink = typeof key === 'string' ? key : page.paints[paint].isWhite ? 'white' : 'black';
        const element = s('text', { x: pixels(row.x[i] + inset), y: this.top(depth) + this.baseline, class: ink });
        element.textContent = text;
        this.labels.push({ element, label, ink, shown: ink });
      }),
    );
    this.boxes.replaceChildren(
      ...Array.from(paths, ([key, parts]) =>
        s('path', {
          d: parts.join(''),
          ...(typeof key === 'string' ? { class: key } : { stroke: page.paints[key].fill }),
        }),
      ),
    );
    this.texts.replaceChildren(...this.labels.map(({ element }) => element));
    this.element.setAttribute('width', width);
    this.element.setAttribute('height', this.height);
    this.element.setAttribute('viewBox', `0 0 ${width} ${this.height}`);
    this.frame(this.hover, -1);
    this.frame(this.ring, this.focus);
    if (!this.down && before && this.rowCount > before) scrollBy(0, (this.rowCount - before) * this.rowHeight);
  }

  // The matches of the search, drawn over the boxes and below their labels.
  drawFound() {
    const { tree, matches, rows } = this,
      parts = [];
    if (matches)
      rows.forEach((row, depth) =>
        row.nodes.forEach((node, i) => {
          if (matches[tree.label[node]]) parts.push(this.line(depth, i));
        }),
      );
    this.found.setAttribute('d', parts.join(''));
    for (const text of this.labels) {
      const ink = matches?.[text.label] ? 'match' : text.ink;
      if (ink !== text.shown) text.element.setAttribute('class', (text.shown = ink));
    }
  }

  // The path command of box `i` in the row of `depth`.
  line(depth, i) {
    const row = this.rows[depth],
      w = row.w[i];
    return `M${pixels(row.x[i])} ${this.top(depth) + this.boxHeight / 2}h${pixels(w >= gapFrom ? w - gap : w)}`;
  }

  top(row) {
    return (this.down ? row : this.rowCount - 1 - row) * this.rowHeight;
  }

  // The position of a node's box; undefined if it is not drawn.
  place(node) {
    const row = node < 0 ? undefined : this.rows[this.tree.depth[node]];
    const i = row ? row.nodes.indexOf(node) : -1;
    return i < 0 ? undefined : { x: row.x[i], y: this.top(this.tree.depth[node]), w: row.w[i], row, i };
  }

  frame(rect, node) {
    const place = this.place(node);
    if (!place) return rect.setAttribute('display', 'none');
    rect.removeAttribute('display');
    rect.setAttribute('x', pixels(place.x));
    rect.setAttribute('y', place.y);
    rect.setAttribute('width', pixels(Math.max(1, place.w - (place.w >= gapFrom ? gap : 0))));
  }

  // The node under the pointer, found by bisection; -1 if there is none.
  at(event) {
    const bounds = this.element.getBoundingClientRect();
    const x = event.clientX - bounds.left,
      y = Math.floor((event.clientY - bounds.top) / this.rowHeight);
    const row = this.rows[this.down ? y : this.rowCount - 1 - y];
    if (!row) return -1;
    let low = 0,
      high = row.x.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (row.x[middle] <= x) low = middle + 1;
      else high = middle;
    }
    return low > 0 && x < row.x[low - 1] + row.w[low - 1] ? row.nodes[low - 1] : -1;
  }

  moveTo(node) {
    this.focus = node;
    this.frame(this.ring, node);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { tree } = this;
    let node = this.place(this.focus) ? this.focus : this.zoomed;
    const { row, i } = this.place(node);
    const away = this.down ? 'ArrowDown' : 'ArrowUp',
      back = this.down ? 'ArrowUp' : 'ArrowDown';
    switch (event.key) {
      case 'ArrowLeft':
        node = row.nodes[i - 1] ?? node;
        break;
      case 'ArrowRight':
        node = row.nodes[i + 1] ?? node;
        break;
      case away:
        node = this.widestChild(node);
        break;
      case back:
        node = Math.max(0, tree.parent[node]);
        break;
      case 'Home':
        node = this.zoomed;
        break;
      case 'Enter':
      case ' ':
        this.on.zoom(node);
        break;
      case 'ContextMenu':
      case 'm':
        this.on.menu(node, this.placeOnPage(node));
        break;
      default:
        return;
    }
    event.preventDefault();
    this.moveTo(node);
    const at = this.placeOnPage(node);
    if (at.clientY < 80 || at.clientY > innerHeight - 80) scrollBy(0, at.clientY - innerHeight / 2);
    this.on.show(node, this.placeOnPage(node), true);
  }

  widestChild(node) {
    const { tree, zoomed } = this;
    let best = node;
    if (node !== zoomed && tree.contains(node, zoomed)) {
      // Below the zoomed node, the only drawn child is the one on the way to it.
      for (best = zoomed; tree.parent[best] !== node;) best = tree.parent[best];
      return best;
    }
    for (const child of tree.children(node)) {
      if (this.place(child) && (best === node || tree.total[child] > tree.total[best])) best = child;
    }
    return best;
  }

  placeOnPage(node) {
    const bounds = this.element.getBoundingClientRect(),
      place = this.place(node) ?? { x: 0, y: 0, w: 0 };
    return {
      clientX: bounds.left + place.x + Math.min(place.w / 2, 40),
      clientY: bounds.top + place.y + this.boxHeight / 2,
    };
  }
}

export const pixels = (number) => Math.round(number * 10) / 10;
