// SPDX-License-Identifier: Apache-2.0
// A box's place in the palette, as Colours/Palette.swift computes it.

function stableHash(bytes) {
  let hash = 0x811c9dc5;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193);
  hash = Math.imul(hash ^ hash >>> 15, 0x2c1b3c6d);
  hash = Math.imul(hash ^ hash >>> 12, 0x297a2d39);
  return (hash ^ hash >>> 15) >>> 0;
}

const paintsOf = (text) => text.split(' ').map((paint) => ({ fill: '#' + paint.slice(0, 6), isWhite: paint[6] === 'w' }));

// For each label the number of its paint, found when it is first drawn.
function colouring(labels, facts) {
  const paints = paintsOf(facts.palette[0]);
  const hues = Number(facts.hues[0]), shades = Number(facts.shades[0]);
  const known = new Int16Array(labels.count).fill(-1), encoder = new TextEncoder();
  const hash = (text) => stableHash(encoder.encode(text));
  function number(label) {
    if (known[label] >= 0) return known[label];
    const name = labels.names[label], kind = labels.kinds[label], shade = hash(name) % shades;
    const hue = () => hash(labels.modules[label] || /^[A-Za-z0-9_\u0080-\uffff]*/.exec(name)[0]) % hues;
    return known[label] = (kind === Kind.user ? hue() : hues + kind) * shades + shade;
  }
  return { paints, number, middle: (row) => paints[row * shades + (shades >> 1)].fill, hues };
}
