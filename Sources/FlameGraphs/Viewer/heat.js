// SPDX-License-Identifier: Apache-2.0
// The heat map: a column is a second, its cells from the bottom up are 20 or 50 milliseconds; a cell is darker the more
// samples it holds. Dragging selects a time range.

import { s } from './dom.js';
import { stretchOf, timesText } from './timeline.js';

const heatLevels = 8,
  heatMargin = { left: 46, bottom: 20 };

export class HeatMap {
  // `choose(stretch, isSecond)` is called with each selected range; `isSecond`: it is the one to compare with.
  constructor(page, choose) {
    const { timeline } = page;
    Object.assign(this, { page, timeline, choose, rows: (timeline.time.length * 1e6) / timeline.end >= 250 ? 50 : 20 });
    this.columns = Math.max(1, Math.ceil(timeline.end / 1e6));
    this.cellTime = 1e6 / this.rows;
    this.cellHeight = this.rows === 50 ? 4 : 8;
    this.cells = this.count();
    this.most = this.cells.reduce((most, count) => Math.max(most, count), 0);
    this.layers = s('g');
    this.marks = s('g');
    this.axis = s('g.axis');
    this.element = s(
      'svg.heat',
      {
        tabindex: 0,
        role: 'application',
        'aria-label':
          'Heat map. Arrow keys move, Space begins and ends a time range, with Control one to compare with.',
        onpointerdown: (event) => this.begin(event),
        onpointermove: (event) => this.move(event),
        onpointerup: (event) => this.finish(event),
        onkeydown: (event) => this.key(event),
      },
      this.layers,
      this.axis,
      this.marks,
    );
    this.cursor = 0;
  }

  count() {
    const cells = new Uint32Array(this.columns * this.rows);
    for (const time of this.timeline.time) cells[Math.floor(time / this.cellTime)]++;
    return cells;
  }

  draw() {
    const { rows, columns, cells, most, cellHeight, axis } = this,
      available = Math.max(120, this.element.parentNode.clientWidth - heatMargin.left - 8);
    const w = (this.cellWidth = Math.max(3, Math.min(64, Math.floor(available / columns))));
    const height = rows * cellHeight,
      levels = Array.from({ length: heatLevels }, () => []);
    const gap = w > 6 ? 1 : 0.4;
    cells.forEach((count, cell) => {
      if (!count) return;
      const level = Math.min(heatLevels - 1, Math.ceil((count * heatLevels) / most) - 1);
      levels[level].push(`M${this.x(cell)} ${this.y(cell)}h${w - gap}v${cellHeight - 0.4}h${gap - w}z`);
    });
    this.layers.replaceChildren(
      s('rect.ground', { x: heatMargin.left, width: columns * w, height }),
      ...levels.map((parts, level) => s(`path.heat${level + 1}`, { d: parts.join('') })),
    );
    const text = (x, y, content, anchor) => {
      const element = s('text', { x, y, 'text-anchor': anchor });
      element.textContent = content;
      return element;
    };
    const step = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600].find((step) => step * w >= 44) ?? 7200;
    axis.replaceChildren(
      ...[0, 250, 500, 750].map((ms) =>
        text(heatMargin.left - 6, height - (ms / 1000) * height - (ms ? -4 : 0), `${ms} ms`, 'end'),
      ),
      ...Array.from({ length: Math.max(1, Math.floor((columns * w - 30) / (step * w)) + 1) }, (_, i) =>
        text(heatMargin.left + i * step * w, height + 14, `${i * step} s`, 'start'),
      ),
    );
    this.element.setAttribute('width', heatMargin.left + columns * w + 8);
    this.element.setAttribute('height', height + heatMargin.bottom);
    this.mark();
  }

  x(cell) {
    return heatMargin.left + Math.floor(cell / this.rows) * this.cellWidth;
  }

  y(cell) {
    return (this.rows - 1 - (cell % this.rows)) * this.cellHeight;
  }

  // The index of the cell under the pointer, or of the nearest one.
  at(event) {
    const bounds = this.element.getBoundingClientRect(),
      bound = (value, count) => Math.max(0, Math.min(count - 1, Math.floor(value)));
    return (
      bound((event.clientX - bounds.left - heatMargin.left) / this.cellWidth, this.columns) * this.rows +
      this.rows -
      1 -
      bound((event.clientY - bounds.top) / this.cellHeight, this.rows)
    );
  }

  stretch(a, b) {
    return [Math.min(a, b) * this.cellTime, (Math.max(a, b) + 1) * this.cellTime];
  }

  // Outlines of the selected ranges and of the one being dragged.
  mark() {
    const { state } = this.page,
      marks = [
        [stretchOf(state.base), 'base'],
        [stretchOf(state.time), 'chosen'],
      ];
    if (this.from !== undefined) marks.push([this.stretch(this.from, this.cursor), this.isSecond ? 'base' : 'chosen']);
    else marks.push([this.stretch(this.cursor, this.cursor), 'cursor']);
    this.marks.replaceChildren(
      ...marks.filter(([stretch]) => stretch).map(([stretch, kind]) => s(`path.${kind}`, { d: this.outline(stretch) })),
    );
  }

  // The outline of a time range: the first and the last column in part, those between as a whole.
  outline([from, to]) {
    const { rows, columns, cellWidth: w, cellHeight: h } = this,
      bottom = rows * h;
    const a = Math.max(0, Math.round(from / this.cellTime)),
      b = Math.min(rows * columns, Math.round(to / this.cellTime)) - 1;
    const [left, right] = [this.x(a), this.x(Math.max(a, b))],
      top = this.y(Math.max(a, b)),
      low = this.y(a) + h;
    if (left === right) return `M${left} ${low}V${top}h${w}V${low}z`;
    return `M${left} ${low}V0H${right}V${top}h${w}V${bottom}H${left + w}V${low}z`;
  }

  begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.element.focus();
    this.element.setPointerCapture(event.pointerId);
    this.from = this.cursor = this.at(event);
    this.isSecond = event.ctrlKey || event.metaKey || event.shiftKey;
    this.mark();
  }

  move(event) {
    if (this.from === undefined) return;
    this.cursor = this.at(event);
    this.mark();
  }

  finish() {
    if (this.from === undefined) return;
    const stretch = this.stretch(this.from, this.cursor);
    this.from = undefined;
    this.choose(stretch, this.isSecond);
  }

  key(event) {
    const step = { ArrowUp: 1, ArrowDown: -1, ArrowRight: this.rows, ArrowLeft: -this.rows }[event.key];
    if (step) this.cursor = Math.max(0, Math.min(this.cells.length - 1, this.cursor + step));
    else if (event.key !== ' ') return;
    else if (this.from !== undefined) this.finish();
    else {
      this.from = this.cursor;
      this.isSecond = event.ctrlKey || event.shiftKey;
    }
    event.preventDefault();
    event.stopPropagation();
    this.page.controls.say(
      `${timesText(this.stretch(this.cursor, this.cursor))}, ${this.page.sampleMetric.text(this.cells[this.cursor])}`,
    );
    this.mark();
  }
}
