// SPDX-License-Identifier: Apache-2.0
// The state of the page, and its form in the address. Frames are identified by their names, so that a link stays valid
// for a new recording.

import { widths } from './difference.js';
import { groups } from './labels.js';
import { nameForms } from './names.js';

export const usualState = {
  view: 'flame',
  metric: '',
  query: '',
  exactCase: false,
  wholeWord: false,
  literal: false,
  zoom: [],
  of: '',
  only: [],
  drop: [],
  hide: [],
  keep: '',
  merge: false,
  group: 'name',
  width: 'both',
  names: 'whole',
  time: '',
  base: '',
  thread: '',
};

const keys = {
  view: 'v',
  metric: 'm',
  query: 'q',
  exactCase: 'case',
  wholeWord: 'word',
  literal: 'lit',
  zoom: 'z',
  of: 'of',
  only: 'only',
  drop: 'drop',
  hide: 'hide',
  keep: 'keep',
  merge: 'rec',
  group: 'by',
  width: 'w',
  names: 'n',
  time: 't',
  base: 't0',
  thread: 'th',
};

export function stateToHash(state) {
  const parts = [];
  for (const [name, key] of Object.entries(keys)) {
    const value = state[name],
      usual = usualState[name];
    if (Array.isArray(value) ? !value.length : value === usual) continue;
    const text = Array.isArray(value)
      ? value.map(encodeURIComponent).join(';')
      : value === true
        ? '1'
        : encodeURIComponent(value);
    parts.push(`${key}=${text}`);
  }
  return parts.join('&');
}

export function stateFromHash(hash, views) {
  const state = structuredClone(usualState);
  const names = Object.fromEntries(Object.entries(keys).map(([name, key]) => [key, name]));
  for (const part of hash.replace(/^#/, '').split('&')) {
    const sign = part.indexOf('='),
      name = names[part.slice(0, sign)];
    if (sign < 0 || !name) continue;
    try {
      const text = part.slice(sign + 1),
        usual = usualState[name];
      if (Array.isArray(usual)) state[name] = text.split(';').filter(Boolean).map(decodeURIComponent);
      else if (typeof usual === 'boolean') state[name] = text === '1';
      else state[name] = decodeURIComponent(text);
    } catch {
      // A broken link: its other parts are used.
    }
  }
  for (const [name, choices] of [
    ['width', widths],
    ['names', nameForms],
    ['group', groups],
  ]) {
    if (!choices.some(([value]) => value === state[name])) state[name] = usualState[name];
  }
  if (!views.some((view) => view.id === state.view)) state.view = usualState.view;
  return state;
}
