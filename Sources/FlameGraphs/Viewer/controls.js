// SPDX-License-Identifier: Apache-2.0
// The frame of the page around a view: heading, bar of controls, notes and footer.

import { widths } from './difference.js';
import { button, cut, h, save } from './dom.js';
import { foldedStacks } from './folded.js';
import { helpDialog } from './help.js';
import { groups } from './labels.js';
import { nameForms } from './names.js';
import { chips, legend, resultText, totalText } from './notes.js';
import { pictureOf } from './picture.js';

export class Controls {
  constructor(page) {
    this.page = page;
    const { facts, subtitle } = page,
      warning = page.fact('warning');
    this.subtitle = h('span', {}, subtitle);
    this.help = helpDialog(page);
    this.header = h(
      'header',
      {},
      (this.heading = h('h1', {}, page.title)),
      h('p.subtitle', {}, this.subtitle, ...(warning ? [subtitle ? ' · ' : '', h('strong.warning', {}, warning)] : [])),
      ...(facts.notes ? [h('p.subtitle.notice', {}, facts.notes[0])] : []),
      h(
        'div.corner',
        {},
        (this.files = button('⤓', 'Save this view (s)', () => this.offerFiles(), {
          'aria-label': 'Save this view',
          'aria-haspopup': 'menu',
        })),
        button('◐', 'Light or dark', () => this.toggleTheme(), { 'aria-label': 'Light or dark' }),
        button('?', 'Keys (?)', () => this.help.showModal(), { 'aria-label': 'Help' }),
      ),
      this.help,
    );
    this.tabs = page.views.map((view, i) =>
      button(view.name, `${view.name} (${i + 1})`, () => page.go({ view: view.id })),
    );
    this.input = h('input', {
      type: 'search',
      placeholder: 'Search: regular expression',
      title: 'Search (/ or Ctrl-F); fn: mod: file: choose what is searched',
      'aria-label': 'Search',
      spellcheck: 'false',
      autocomplete: 'off',
      oninput: () => {
        clearTimeout(this.timer);
        this.timer = setTimeout(() => page.go({ query: this.input.value }, false), 60);
      },
      onkeydown: (event) => {
        if (event.key === 'Enter') this.enter(event);
      },
    });
    this.exactCase = button('Aa', 'Match case', () => page.go({ exactCase: !page.state.exactCase }, false));
    this.wholeWord = button('\\b', 'Whole words', () => page.go({ wholeWord: !page.state.wholeWord }, false), {
      'aria-label': 'Whole words',
    });
    this.literal = button(
      '“ ”',
      'Plain text, no regular expression',
      () => page.go({ literal: !page.state.literal }, false),
      { 'aria-label': 'Plain text' },
    );
    this.next = button('↓', 'Next match (n)', () => page.walk(1), { 'aria-label': 'Next match' });
    this.last = button('↑', 'Previous match (N)', () => page.walk(-1), { 'aria-label': 'Previous match' });
    this.reset = button('Reset zoom', 'Reset zoom (Esc)', () => page.unzoom(), { class: 'chip' });
    this.merge = button('Collapse recursion', 'Collapse recursion (r)', () => page.go({ merge: !page.state.merge }));
    [this.metric, this.group, this.width, this.names] = [
      ['metric', 'Metric', page.metrics.map(({ name, unit }) => [name, unit === 'count' ? name : `${name} (${unit})`])],
      ['group', 'Threads', groups],
      ['width', 'Width', widths],
      ['names', 'Names (a)', nameForms],
    ].map(([name, title, choices]) =>
      h(
        'select',
        { title, 'aria-label': title, onchange: (event) => page.go({ [name]: event.target.value }) },
        ...choices.map(([value, text]) => h('option', { value }, text)),
      ),
    );
    this.path = h('div.path', { role: 'group', 'aria-label': 'Way to the zoom' });
    this.result = h('span.result', { role: 'status' });
    this.bar = h(
      'nav',
      {},
      h('div.tabs', { role: 'group', 'aria-label': 'View' }, ...this.tabs),
      ...(page.metrics.length > 1 ? [this.metric] : []),
      ...(page.hasChoice ? [this.group] : []),
      this.merge,
      this.width,
      this.names,
      h(
        'div.finding',
        {},
        h(
          'div.search',
          { role: 'search' },
          this.input,
          this.exactCase,
          this.wholeWord,
          this.literal,
          this.last,
          this.next,
        ),
        this.path,
        this.result,
        this.reset,
      ),
    );
    this.chips = h('span.chips');
    this.legend = h('p.legend');
    this.notes = h('div.notes', {}, this.legend, this.chips);
    this.drawn = h('span');
    this.footer = h('footer', {}, this.drawn, h('span', {}, 'flameback'));
    this.speaker = h('div.unseen', { 'aria-live': 'polite' });
  }

  // Announces a text to screen readers.
  say(text) {
    this.speaker.textContent = text;
  }

  // Enter in the search box: the next match; with Control, a filter by the query.
  enter(event) {
    clearTimeout(this.timer);
    const query = this.input.value;
    if (event.ctrlKey && query) this.page.go({ keep: query });
    else {
      if (query !== this.page.state.query) this.page.go({ query }, false);
      this.page.walk(event.shiftKey ? -1 : 1);
    }
  }

  toggleTheme() {
    const root = this.page.host,
      isDark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = isDark ? 'light' : 'dark';
    document.documentElement.dataset.theme = root.dataset.theme;
  }

  update() {
    const { page } = this,
      { state, view } = page;
    this.tabs.forEach((tab, i) => tab.setAttribute('aria-pressed', String(page.views[i].id === state.view)));
    for (const [control, isOn] of [
      [this.exactCase, state.exactCase],
      [this.wholeWord, state.wholeWord],
      [this.literal, state.literal],
      [this.merge, state.merge],
    ])
      control.setAttribute('aria-pressed', String(isOn));
    if (document.activeElement !== this.input) this.input.value = state.query;
    for (const name of ['group', 'width', 'names']) this[name].value = state[name];
    // Of a time range, only samples are known.
    this.metric.value = page.metric.name;
    this.metric.disabled = Boolean(state.time);
    this.heading.textContent = page.title;
    this.subtitle.textContent = page.subtitle;
    this.width.hidden = !page.difference;
    this.legend.replaceChildren(...legend(page));
    const { graph } = view;
    this.reset.hidden = !view.isZoomed;
    this.showPath(graph);
    this.showResult(graph, graph?.zoomed > 0);
    // The flame chart shows one thread.
    this.group.disabled = Boolean(graph?.tree.isChart);
    for (const control of [this.next, this.last]) control.disabled = !(graph && page.found?.matches);
    this.chips.replaceChildren(...chips(page));
    this.drawn.textContent = totalText(page);
  }

  // The path from the root to the zoomed node; the middle of a long path is left out.
  showPath(graph) {
    const { page } = this,
      way = [];
    for (let node = graph?.zoomed ?? 0; node > 0; node = graph.tree.parent[node]) way.unshift(node);
    if (way.length > 12) way.splice(2, way.length - 10, -1);
    const step = (node) =>
      node < 0
        ? '…'
        : h(
            'button.plain',
            { type: 'button', title: page.name(graph.tree.label[node]), onclick: () => page.zoomTo(graph, node) },
            cut(page.shownName(graph.tree.label[node]), 24),
          );
    this.path.replaceChildren(
      ...(way.length ? [0, ...way] : []).flatMap((node, i) =>
        i ? [h('span', { 'aria-hidden': 'true' }, '›'), step(node)] : [step(node)],
      ),
    );
  }

  showResult(graph, isZoomed) {
    const { found } = this.page;
    this.input.setAttribute('aria-invalid', String(Boolean(found?.error)));
    this.result.classList.toggle('error', Boolean(found?.error));
    this.result.textContent = found ? resultText(this.page, graph, isZoomed) : '';
  }

  // Opens the menu of files to save.
  offerFiles() {
    const { page } = this,
      { left, bottom } = this.files.getBoundingClientRect();
    page.menu.open(
      [
        ...(page.content.querySelector('svg.graph')
          ? [['Picture (SVG)', () => save('flameback.svg', 'image/svg+xml', pictureOf(page))]]
          : []),
        ['Folded stacks', () => save('flameback.folded', 'text/plain', foldedStacks(page))],
      ],
      { clientX: left, clientY: Math.max(8, bottom + 4) },
      this.files,
    );
  }
}
