// SPDX-License-Identifier: Apache-2.0
// What stands around the views: heading, bar of controls, notes, legend, footer, help.

const groups = [['name', 'Threads by name'], ['process', 'Each process and thread'], ['none', 'All threads in one']];

const button = (text, title, onclick, more = {}) => h('button', { type: 'button', title, onclick, ...more }, text);

class Controls {
  constructor(page) {
    this.page = page;
    const { facts } = page, subtitle = (facts.subtitle ?? []).join(' · ');
    const warning = page.fact('warning');
    this.help = this.makeHelp();
    this.header = h('header', {},
      h('h1', {}, page.fact('title')),
      h('p.subtitle', {}, subtitle, ...(warning ? [subtitle ? ' · ' : '', h('strong.warning', {}, warning)] : [])),
      ...(facts.notes ? [h('p.subtitle.notice', {}, facts.notes[0])] : []),
      h('div.corner', {}, this.files = button('⤓', 'Save this view (s)', () => this.offerFiles(), { 'aria-label': 'Save this view', 'aria-haspopup': 'menu' }), button('◐', 'Light or dark', () => this.toggleTheme(), { 'aria-label': 'Light or dark' }), button('?', 'Keys (?)', () => this.help.showModal(), { 'aria-label': 'Help' })),
      this.help);
    this.tabs = page.views.map((view, i) => button(view.name, `${view.name} (${i + 1})`, () => page.go({ view: view.id })));
    this.input = h('input', { type: 'search', placeholder: 'Search: regular expression', title: 'Search (/ or Ctrl-F); fn: mod: file: choose what is searched', 'aria-label': 'Search', spellcheck: 'false', autocomplete: 'off',
      oninput: () => { clearTimeout(this.timer); this.timer = setTimeout(() => page.go({ query: this.input.value }, false), 60); },
      onkeydown: (event) => { if (event.key === 'Enter') this.enter(event); } });
    this.exactCase = button('Aa', 'Match case', () => page.go({ exactCase: !page.state.exactCase }, false));
    this.wholeWord = button('\\b', 'Whole words', () => page.go({ wholeWord: !page.state.wholeWord }, false), { 'aria-label': 'Whole words' });
    this.literal = button('“ ”', 'Plain text, no regular expression', () => page.go({ literal: !page.state.literal }, false), { 'aria-label': 'Plain text' });
    this.next = button('↓', 'Next match (n)', () => page.walk(1), { 'aria-label': 'Next match' });
    this.last = button('↑', 'Previous match (N)', () => page.walk(-1), { 'aria-label': 'Previous match' });
    this.reset = button('Reset zoom', 'Reset zoom (Esc)', () => page.unzoom(), { class: 'chip' });
    this.merge = button('Collapse recursion', 'Collapse recursion (r)', () => page.go({ merge: !page.state.merge }));
    [this.group, this.width, this.names] = [['group', 'Threads', groups], ['width', 'Width', widths], ['names', 'Names (a)', nameForms]].map(([name, title, choices]) =>
      h('select', { title, 'aria-label': title, onchange: (event) => page.go({ [name]: event.target.value }) }, ...choices.map(([value, text]) => h('option', { value }, text))));
    this.path = h('div.path', { role: 'group', 'aria-label': 'Way to the zoom' });
    this.result = h('span.result', { role: 'status' });
    this.bar = h('nav', {}, h('div.tabs', { role: 'group', 'aria-label': 'View' }, ...this.tabs), ...(page.hasChoice ? [this.group] : []), this.merge, this.width, this.names,
      h('div.finding', {}, h('div.search', { role: 'search' }, this.input, this.exactCase, this.wholeWord, this.literal, this.last, this.next), this.path, this.result, this.reset));
    this.chips = h('span.chips');
    this.legend = h('p.legend');
    this.notes = h('div.notes', {}, this.legend, this.chips);
    this.drawn = h('span');
    this.footer = h('footer', {}, this.drawn, h('span', {}, 'flameback'));
    this.speaker = h('div.unseen', { 'aria-live': 'polite' });
  }

  say(text) { this.speaker.textContent = text; }

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
    const root = this.page.host, isDark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
    root.dataset.theme = isDark ? 'light' : 'dark';
    document.documentElement.dataset.theme = root.dataset.theme;
  }

  update() {
    const { page } = this, { state, view } = page;
    this.tabs.forEach((tab, i) => tab.setAttribute('aria-pressed', String(page.views[i].id === state.view)));
    for (const [control, isOn] of [[this.exactCase, state.exactCase], [this.wholeWord, state.wholeWord], [this.literal, state.literal], [this.merge, state.merge]]) control.setAttribute('aria-pressed', String(isOn));
    if (document.activeElement !== this.input) this.input.value = state.query;
    for (const name of ['group', 'width', 'names']) this[name].value = state[name];
    this.width.hidden = !page.difference;
    this.legend.replaceChildren(...this.legendParts());
    const { graph } = view;
    this.reset.hidden = !view.isZoomed;
    this.showPath(graph);
    this.showResult(graph, graph?.zoomed > 0);
    // The chart shows one thread.
    this.group.disabled = Boolean(graph?.tree.isChart);
    for (const control of [this.next, this.last]) control.disabled = !(graph && page.found?.matches);
    this.showChips();
    const frames = page.tree.count - 1, merged = Number(page.fact('mergednodes'));
    const total = page.difference ? ['before', 'after'].map((side, i) => `${side} ${counted(page.tree.sides[i].total[0], page.unit)}`).join(', ') : `total ${counted(page.tree.total[0], page.unit)}${page.tree.total[0] < page.all ? ` of ${grouped(page.all)}` : ''}`;
    this.drawn.textContent = `${total} · ${counted(frames, 'frames')}` + (merged ? ` · the smallest ${grouped(merged)} frames, ${percent(Number(page.fact('mergedsamples')), page.all)} of the samples, are merged into their callers` : '');
  }

  // From the root to what is zoomed to; of a long way the ends.
  showPath(graph) {
    const { page } = this, way = [];
    for (let node = graph?.zoomed ?? 0; node > 0; node = graph.tree.parent[node]) way.unshift(node);
    if (way.length > 12) way.splice(2, way.length - 10, -1);
    const step = (node) => node < 0 ? '…' : h('button.plain', { type: 'button', title: page.name(graph.tree.label[node]), onclick: () => page.zoomTo(graph, node) }, cut(page.shownName(graph.tree.label[node]), 24));
    this.path.replaceChildren(...(way.length ? [0, ...way] : []).flatMap((node, i) => i ? [h('span', { 'aria-hidden': 'true' }, '›'), step(node)] : [step(node)]));
  }

  showResult(graph, isZoomed) {
    const { page } = this, { found } = page, tree = graph && !graph.tree.isChart ? graph.tree : page.tree;
    this.input.setAttribute('aria-invalid', String(Boolean(found?.error)));
    this.result.classList.toggle('error', Boolean(found?.error));
    if (!found) return this.result.textContent = '';
    if (found.error || found.isPending) return this.result.textContent = found.error ?? 'Searching …';
    const least = page.fact('mergednodes') ? 'at least ' : '';
    const share = (from) => tree.sides.length
      ? tree.sides.map((side, i) => `${least}${percent(matched(tree, found.matches, from, side), side.total[from])} ${['before', 'after'][i]}`).join(', ')
      : least + percent(matched(tree, found.matches, from), tree.total[from]);
    const of = (whole, from) => tree.sides.length ? `of ${whole} ${share(from)}` : `${share(from)} of ${whole}`;
    const zoom = isZoomed ? `, ${of('zoom', graph.zoomed)}` : '';
    this.result.textContent = `Matched ${of('all', 0)}${zoom} · ${counted(found.functions, 'functions')}, ${counted(tree.frames(found.matches), 'frames')}`;
  }

  showChips() {
    const { page } = this, { state } = page;
    const chip = (text, name, change) => h('button.chip', { type: 'button', title: `Remove this filter: ${name}`, onclick: () => page.go(change) }, `${text}: ${name.startsWith('mod:') ? cut(name.slice(4), 40, true) : cut(name, 40)} ×`);
    const lists = [['only', 'only with'], ['drop', 'without'], ['hide', 'hidden']];
    this.chips.replaceChildren(...lists.flatMap(([key, text]) => state[key].map((name) => chip(text, name, { [key]: state[key].filter((other) => other !== name) }))),
      ...[['time', 'time'], ['base', 'compared with']].filter(([key]) => page.timeline && stretchOf(state[key])).map(([key, text]) => chip(text, timesText(stretchOf(state[key])), { [key]: '' })),
      ...(state.keep ? [chip('only matching', state.keep, { keep: '' })] : []));
  }

  legendParts() {
    const { page } = this, { difference } = page;
    if (!difference) {
      return (page.facts.legend ?? []).map((line) => /^([\d,]+) (.*)$/s.exec(line)).map(([, paints, text]) =>
        h('span', {}, ...paints.split(',').map((paint) => spot({ fill: page.paints[paint].fill })), text));
    }
    return difference.legend.map(([first, last, text]) => h('span', {}, ...page.paints.slice(first, Number(last) + 1).map(({ fill }) => spot(Number(first) === difference.same ? { class: 'group' } : { fill })), text));
  }

  offerFiles() {
    const { page } = this, { left, bottom } = this.files.getBoundingClientRect();
    page.menu.open([
      ...(page.content.querySelector('svg.graph') ? [['Picture (SVG)', () => save('flameback.svg', 'image/svg+xml', pictureOf(page))]] : []),
      ['Folded stacks', () => save('flameback.folded', 'text/plain', page.foldedStacks())],
    ], { clientX: left, clientY: Math.max(8, bottom + 4) }, this.files);
  }

  makeHelp() {
    const keys = [['Click, Enter', 'zoom'], ['Esc, 0', 'reset the zoom'], ['Arrow keys', 'caller, callee, neighbours'], ['/ or Ctrl-F', 'search'], ['n, N', 'next and previous match'], ['Ctrl-Enter in the search', 'only stacks that match'], [`1 – ${this.page.views.length}`, 'views'], ['i', 'turn upside down'], ['r', 'collapse recursion'], ['a', 'names without arguments, ends of names'], ['s', 'save: SVG, folded stacks'], ...(this.page.difference || this.page.timeline ? [['w', 'width: of both sides, before, after']] : []), ['m, right click', 'menu: copy, focus, hide, drop, sandwich'], ['c, C', 'copy the name, the stack'], ['Back', 'undo']];
    const dialog = h('dialog', { 'aria-label': 'Keys' }, h('h2', {}, 'Keys'), h('dl', {}, ...keys.flatMap(([key, text]) => [h('dt', {}, key), h('dd', {}, text)])), button('Close', 'Close', () => dialog.close()));
    return dialog;
  }
}
