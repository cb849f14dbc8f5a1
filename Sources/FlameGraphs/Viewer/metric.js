// SPDX-License-Identifier: Apache-2.0
// The metrics of a file: what values amount to, and how they are shown.

import { counted, duration, grouped, size } from './dom.js';

export class Metric {
  // `unit`: `count`, `nanoseconds`, `bytes` or another one. `unitsPerCount`: units that one count stands for.
  // `isSamples`: values are numbers of samples. `countName`: the name of what is counted. `own`: the values of the
  // nodes.
  constructor(name, { unit, unitsPerCount = 1, isSamples = false, countName, own }) {
    Object.assign(this, { name, unit, unitsPerCount, isSamples, own });
    this.countName = countName ?? (isSamples ? 'samples' : unit === 'count' ? name : unit);
  }

  // A value with its unit: `1,234 samples`, `1.23 s`, `1.5 MiB`.
  text(value) {
    return this.isScaled ? this.number(value) : counted(value, this.countName);
  }

  // A value as a number: `1,234`; times and sizes have their unit.
  number(value) {
    if (!this.isScaled) return grouped(value);
    return (this.unit === 'bytes' ? size : duration)(value * this.unitsPerCount);
  }

  // Whether values are shown as times or sizes: not if the user has named what is counted.
  get isScaled() {
    return !this.isSamples && (this.unit === 'bytes' || this.unit === 'nanoseconds') && this.countName === this.unit;
  }

  // The time that samples of a clock stand for, in parentheses; empty for other metrics.
  time(value) {
    return this.isSamples && this.unit === 'nanoseconds' ? ` (${duration(value * this.unitsPerCount)})` : '';
  }

  // Nanoseconds that a sample stands for; 0 if unknown.
  get period() {
    return this.isSamples && this.unit === 'nanoseconds' ? this.unitsPerCount : 0;
  }

  // The beginning of a heading, as Picture/PictureText.swift has it.
  get heading() {
    const isOfCPU = this.unit === 'nanoseconds' ? ['cpu', 'time'].includes(this.name) : this.isSamples;
    return `${isOfCPU ? 'CPU' : this.name} flame graph: `;
  }
}

// The metrics of a payload: the shown one first. A file of one metric has no `metric` facts, but what its counts are
// called and the nanoseconds that one stands for.
export function metricsOf(facts, columns) {
  const countName = facts.countname?.[0] || 'samples',
    period = Number(facts.period?.[0]);
  if (!facts.metric) {
    const unit = period ? 'nanoseconds' : ['nanoseconds', 'bytes'].includes(countName) ? countName : 'count';
    const isSamples = period > 0 || countName === 'samples';
    return [new Metric(countName, { unit, unitsPerCount: period || 1, isSamples, countName, own: columns[0] })];
  }
  return facts.metric.slice(0, columns.length).map((line, index) => {
    const [unitsPerCount, kind, unit, ...words] = line.split(' '),
      name = words.join(' ');
    return new Metric(name, {
      unit,
      unitsPerCount: Number(unitsPerCount),
      isSamples: kind === 'samples',
      countName: index ? undefined : countName,
      own: columns[index],
    });
  });
}

// The metric that times are of: the one that counts samples.
export function sampleMetric(metrics) {
  return metrics.length === 1
    ? metrics[0]
    : (metrics.find((metric) => metric.isSamples) ?? new Metric('samples', { unit: 'count', isSamples: true }));
}
