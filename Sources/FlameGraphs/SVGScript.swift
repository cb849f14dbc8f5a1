// SPDX-License-Identifier: Apache-2.0

/// The script inside the picture: zoom by click or keyboard, and a fit to the window's width.
///
/// It is a constant. All that differs from one picture to the next it reads from the document, and it
/// writes nothing but numbers, and names as the text of text elements.
enum SVGScript {
  static let source: StaticString = #"""
    'use strict';
    (() => {
      const svg = (document.currentScript || document.documentElement).closest('svg');
      const find = (selector) => svg.querySelector(selector);
      const layer = find('#boxes');
      const reset = find('#reset');
      const ends = svg.querySelectorAll('.end');
      const height = svg.viewBox.baseVal.height;
      const [margin, gap, gapFrom, roundFrom, radius, narrowest, inset, baseline, column] =
        ['margin', 'gap', 'gapFrom', 'roundFrom', 'radius', 'narrowest', 'inset', 'baseline', 'column']
          .map((name) => Number(layer.dataset[name]));

      // Boxes come in preorder: a box's caller is the last one before it, one row below.
      const numbers = layer.dataset.boxes.split(' ').map(Number);
      const callers = [];
      const boxes = Array.from(layer.children, (group, index) => {
        const [row, left, total, nameLength] = numbers.slice(4 * index, 4 * index + 4);
        const [title, rect, label] = group.children;
        const name = title.textContent.slice(0, nameLength);
        const box = { group, rect, label, name, row, left, right: left + (total || 1), caller: callers[row - 1] };
        callers[row] = box;
        return box;
      });
      const boxOf = new Map(boxes.map((box) => [box.group, box]));
      const root = boxes[0];
      let focus = root;

      // Characters as readers count them, and the columns that each takes in a fixed-width font.
      const segmenter = Intl.Segmenter ? new Intl.Segmenter() : null;
      const characters = (text) =>
        segmenter ? Array.from(segmenter.segment(text), (part) => part.segment) : Array.from(text);
      const wide = /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

      function cut(name, columns) {
        if (columns < 3) return '';
        if (/^[\x00-\x7f]*$/.test(name)) {
          return name.length <= columns ? name : name.slice(0, columns - 1) + '…';
        }
        let used = 0, kept = '';
        for (const character of characters(name)) {
          used += wide.test(character) ? 2 : 1;
          if (used > columns) return kept + '…';
          if (used < columns) kept += character;
        }
        return name;
      }

      const pixels = (number) => String(Math.round(number * 100) / 100);

      function place(box, x, width) {
        const { group, rect } = box;
        group.removeAttribute('display');
        rect.setAttribute('x', pixels(x));
        rect.setAttribute('width', pixels(width >= gapFrom ? width - gap : width));
        if (width >= roundFrom) rect.setAttribute('rx', radius); else rect.removeAttribute('rx');
        const text = cut(box.name, Math.trunc((width - 2 * inset + 1) / column));
        if (!box.label) {
          if (!text) return;
          box.label = document.createElementNS(svg.namespaceURI, 'text');
          box.label.setAttribute('y', pixels(rect.y.baseVal.value + baseline));
          group.append(box.label);
        }
        box.label.setAttribute('x', pixels(x + inset));
        if (box.label.textContent !== text) box.label.textContent = text;
      }

      function draw() {
        svg.setAttribute('width', '100%');
        const width = Math.max(400, svg.getBoundingClientRect().width);
        svg.setAttribute('viewBox', `0 0 ${width} ${height}`);
        for (const end of ends) {
          end.transform.baseVal.getItem(0).setTranslate(width - margin, end.transform.baseVal.getItem(0).matrix.f);
        }
        const scale = (width - 2 * margin) / Math.max(1, focus.right - focus.left);
        for (const box of boxes) {
          const left = Math.max(box.left, focus.left), right = Math.min(box.right, focus.right);
          const shown = (right > left && (right - left) * scale >= narrowest) || box === focus;
          if (shown) place(box, margin + (left - focus.left) * scale, (right - left) * scale);
          else box.group.setAttribute('display', 'none');
          box.group.classList.toggle('caller', shown && box.row < focus.row);
        }
        if (focus === root) reset.setAttribute('display', 'none'); else reset.removeAttribute('display');
      }

      function zoom(box) {
        focus = box;
        draw();
      }

      // One box at a time can be reached by the Tab key; arrows go on from there.
      function moveTo(box) {
        if (!box) return;
        for (const other of boxes) if (other.group.hasAttribute('tabindex')) other.group.setAttribute('tabindex', '-1');
        box.group.setAttribute('tabindex', '0');
        box.group.focus();
      }

      const isShown = (box) => !box.group.hasAttribute('display');

      function neighbour(box, key) {
        if (key === 'ArrowDown') return box.caller;
        if (key === 'ArrowUp') return boxes.find((other) => other.caller === box && isShown(other));
        const row = boxes.filter((other) => other.row === box.row && isShown(other));
        return row[row.indexOf(box) + (key === 'ArrowRight' ? 1 : -1)];
      }

      svg.addEventListener('click', (event) => {
        const group = event.target.closest('#boxes > g');
        if (group) zoom(boxOf.get(group));
        else if (event.target.closest('#reset')) zoom(root);
      });

      svg.addEventListener('keydown', (event) => {
        const box = boxOf.get(event.target.closest('#boxes > g'));
        if (event.key === 'Escape') zoom(root);
        else if (event.key === 'Enter' && box) zoom(box);
        else if (event.key === 'Enter' && event.target.closest('#reset')) zoom(root);
        else if (event.key.startsWith('Arrow') && box) moveTo(neighbour(box, event.key));
        else return;
        event.preventDefault();
      });

      window.addEventListener('resize', draw);
      find('#hint').remove();
      root.group.setAttribute('tabindex', '0');
      draw();
    })();
    """#
}
