// Charts of spend: stacked bars by group, and what was spent beside what it would have cost. Pointer, touch and arrow keys
// move over the buckets; what stands there is shown and read out.

import type Plot from 'uplot'
import { decimalsFor, formatTick, formatUsd } from './amounts.ts'
import { create } from './elements.ts'
import { addUp, type SpendSeries, stackUp } from './spend-series.ts'

/** Loaded by the page as a script of its own. */
declare const uPlot: typeof Plot

export interface ChartLine {
  readonly name: string
  readonly color: string
  /** As shown beside the name where the pointer is. */
  readonly amounts: readonly number[]
}

export interface ChartOptions {
  readonly label: string
  readonly height: number
  readonly times: readonly number[]
  /** What is drawn, in the order in which it is drawn. */
  readonly drawn: readonly { readonly amounts: readonly number[]; readonly style: Plot.Series }[]
  /** What is told, in the order of the legend. */
  readonly lines: readonly ChartLine[]
  readonly isHourly: boolean
  /** Room at both ends, for bars that stand on their time. */
  readonly padSeconds: number
}

const FONT = '12px system-ui, sans-serif'

function themeColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
}

export function seriesColor(index: number): string {
  return themeColor(`series-${index + 1}`)
}

export function stackedBars(spend: SpendSeries, isHourly: boolean): ChartOptions {
  const bars = uPlot.paths.bars?.({ size: [0.78, 42], radius: 0.08 })
  const lines = spend.series.map(({ name, costs }, index) => ({
    name,
    color: seriesColor(index),
    amounts: costs,
  }))
  const drawn = stackUp(spend.series).map((amounts, index) => ({
    amounts,
    style: {
      fill: lines.at(-1 - index)?.color ?? '',
      width: 0,
      points: { show: false },
      ...(bars === undefined ? {} : { paths: bars }),
    },
  }))
  const step = (spend.times[1] ?? 0) - (spend.times[0] ?? 0)
  return {
    label: 'Spend over time, stacked',
    height: 260,
    times: spend.times,
    drawn,
    lines,
    isHourly,
    padSeconds: step / 2,
  }
}

export function againstBaseline(spend: SpendSeries, isHourly: boolean): ChartOptions {
  const baseline = { name: 'without Farthing', color: themeColor('quiet'), amounts: addUp(spend.baselines) }
  const cost = { name: 'spent', color: themeColor('accent'), amounts: addUp(spend.costs) }
  return {
    label: 'Spend against the baseline, added up',
    height: 260,
    times: spend.times,
    drawn: [
      {
        amounts: baseline.amounts,
        style: { stroke: baseline.color, width: 1.5, dash: [5, 4], fill: themeColor('saved-wash') },
      },
      { amounts: cost.amounts, style: { stroke: cost.color, width: 2, fill: themeColor('surface') } },
    ].map(({ amounts, style }) => ({ amounts, style: { ...style, points: { show: false } } })),
    lines: [baseline, cost],
    isHourly,
    padSeconds: 0,
  }
}

/** Draws into `root` as wide as it is, until the signal is aborted. */
export function drawChart(root: HTMLElement, options: ChartOptions, left: AbortSignal): void {
  const readout = create('div', { class: 'readout', 'aria-live': 'polite', hidden: true })
  const plot = new uPlot(buildOptions(root, options, readout), toData(options), root)
  root.append(readout)
  const onKey = (event: KeyboardEvent): void => moveByKey(event, plot)
  root.addEventListener('keydown', onKey)
  const observer = new ResizeObserver(() => {
    if (root.clientWidth > 0) plot.setSize({ width: root.clientWidth, height: options.height })
  })
  observer.observe(root)
  left.addEventListener('abort', () => {
    observer.disconnect()
    root.removeEventListener('keydown', onKey)
    plot.destroy()
    root.replaceChildren()
  })
}

function toData({ times, drawn }: ChartOptions): Plot.AlignedData {
  return [[...times], ...drawn.map(({ amounts }) => [...amounts])]
}

function buildOptions(root: HTMLElement, options: ChartOptions, readout: HTMLElement): Plot.Options {
  const axis: Plot.Axis = {
    stroke: themeColor('quiet'),
    font: FONT,
    grid: { stroke: themeColor('line'), width: 1 },
    ticks: { show: false },
  }
  const { padSeconds, times, height } = options
  const first = times[0] ?? 0
  const last = times.at(-1) ?? first
  return {
    width: Math.max(280, root.clientWidth),
    height,
    padding: [8, 8, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: {
      // One bucket alone stands in the middle.
      x: { time: true, range: () => [first - padSeconds, Math.max(last, first + 1) + padSeconds] },
      y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.06 : 1] },
    },
    axes: [
      { ...axis, grid: { show: false }, values: (_plot, splits) => labelTimes(splits, options.isHourly) },
      {
        ...axis,
        size: 72,
        values: (_plot, splits) =>
          splits.map((value) => formatTick(value, (splits[1] ?? 0) - (splits[0] ?? 0))),
      },
    ],
    series: [{}, ...options.drawn.map(({ style }) => style)],
    hooks: { setCursor: [(plot) => tell(plot, options, readout)] },
  }
}

/** A day is named where it begins. */
function labelTimes(seconds: readonly number[], isHourly: boolean): string[] {
  let day = ''
  return seconds.map((time) => {
    const date = new Date(time * 1000)
    const name = date.toLocaleDateString('en', { day: 'numeric', month: 'short', timeZone: 'UTC' })
    if (!isHourly) return name
    const isNew = name !== day
    day = name
    return `${date.toISOString().slice(11, 16)}${isNew ? `\n${name}` : ''}`
  })
}

function tell(plot: Plot, { times, lines, isHourly }: ChartOptions, readout: HTMLElement): void {
  const index = plot.cursor.idx
  const time = index === null || index === undefined ? undefined : times[index]
  const isHere = time !== undefined && (plot.cursor.left ?? -1) >= 0
  readout.hidden = !isHere
  if (!isHere || index === null || index === undefined) return
  const spent = lines.filter(({ amounts }) => amounts[index] !== 0)
  const decimals = decimalsFor(spent.map(({ amounts }) => amounts[index] ?? 0))
  readout.replaceChildren(
    create('strong', {}, formatBucket(time, isHourly)),
    ...(spent.length === 0 ? [create('span', { class: 'quiet' }, 'nothing spent')] : []),
    ...spent.map(({ name, color, amounts }) => {
      const swatch = create('i', { class: 'swatch' })
      swatch.style.background = color
      return create(
        'span',
        {},
        swatch,
        create('span', {}, name),
        create('b', {}, formatUsd(amounts[index] ?? 0, decimals)),
      )
    }),
  )
  const isRight = (plot.cursor.left ?? 0) > plot.over.clientWidth / 2
  readout.classList.toggle('on-left', isRight)
}

function formatBucket(seconds: number, isHourly: boolean): string {
  const iso = new Date(seconds * 1000).toISOString()
  return isHourly ? `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC` : iso.slice(0, 10)
}

function moveByKey(event: KeyboardEvent, plot: Plot): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0
  if (step === 0) return
  event.preventDefault()
  const [times] = plot.data
  const last = times.length - 1
  const next = Math.min(last, Math.max(0, (plot.cursor.idx ?? last + 1) + step))
  plot.setCursor({ left: plot.valToPos(times[next] ?? 0, 'x'), top: 1 })
}
