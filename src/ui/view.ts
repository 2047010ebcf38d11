// What a view is: a part of the page that lives until another takes its place.

import { create } from './elements.ts'
import { type Gateway, Refusal } from './gateway.ts'

export interface ViewWorld {
  readonly gateway: Gateway
  /** What stands behind the name of the view in the address: `requests/req_1` → `req_1`. */
  readonly rest: string
  /** Choices that stand in the address, so that a reload or a link brings them back. */
  readonly query: URLSearchParams
  /** Aborted when another view takes its place. */
  readonly left: AbortSignal
}

/** Fills `main`, whose heading stands there already. */
export type OpenView = (main: HTMLElement, world: ViewWorld) => void

/** Writes choices into the address without going anywhere. */
export function keepQuery(query: Readonly<Record<string, string>>): void {
  const path = location.hash.split('?', 1)[0] ?? ''
  const kept = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== '')).toString()
  history.replaceState(null, '', kept === '' ? path : `${path}?${kept}`)
}

export interface Loading<Answer> {
  readonly load: () => Promise<Answer>
  readonly render: (answer: Answer) => readonly Node[]
}

/** Shows that it loads, then what came, or what went wrong with a way to try again. The last one asked for wins. */
export function createPane(): { readonly root: HTMLElement; show<Answer>(loading: Loading<Answer>): void } {
  const root = create('div', { class: 'pane', 'aria-busy': 'false' })
  let asked = 0
  const show = <Answer>(loading: Loading<Answer>): void => {
    const turn = ++asked
    root.setAttribute('aria-busy', 'true')
    if (root.childElementCount === 0) root.append(create('p', { class: 'quiet', role: 'status' }, 'Loading…'))
    const finish = (nodes: readonly Node[]): void => {
      if (turn !== asked) return
      root.setAttribute('aria-busy', 'false')
      root.replaceChildren(...nodes)
    }
    const fill = async (): Promise<void> => {
      try {
        const answer = await loading.load()
        // What comes late would take the place of what was asked for after it.
        if (turn === asked) finish(loading.render(answer))
      } catch (error) {
        finish([buildProblem(error, () => show(loading))])
      }
    }
    void fill()
  }
  return { root, show }
}

export function messageOf(error: unknown): string {
  return error instanceof Refusal ? error.message : `The page could not show this: ${String(error)}`
}

function buildProblem(error: unknown, onRetry: () => void): HTMLElement {
  return create(
    'div',
    { class: 'problem', role: 'alert' },
    create('p', {}, messageOf(error)),
    create('button', { type: 'button', onclick: onRetry }, 'Try again'),
  )
}

/** Calls it every so often while the page is looked at, until the view is left. */
export function repeat(everyMs: number, left: AbortSignal, run: () => void): void {
  const timer = setInterval(() => {
    if (!document.hidden) run()
  }, everyMs)
  left.addEventListener('abort', () => clearInterval(timer))
}
