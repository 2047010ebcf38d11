// The page: a door, then five views with a heading each. The address says which view is open.

import { openBudgets } from './budgets-view.ts'
import { create } from './elements.ts'
import type { Gateway } from './gateway.ts'
import { openKeys } from './keys-view.ts'
import { openProviders } from './providers-view.ts'
import { openRequest } from './request-view.ts'
import { openRequests } from './requests-view.ts'
import { buildBrand, buildSignIn } from './sign-in.ts'
import { openSpend } from './spend-view.ts'
import type { OpenView } from './view.ts'

const VIEWS: readonly { readonly name: string; readonly title: string; readonly open: OpenView }[] = [
  { name: 'spend', title: 'Spend', open: openSpend },
  { name: 'budgets', title: 'Budgets', open: openBudgets },
  {
    name: 'requests',
    title: 'Requests',
    open: (main, world) => (world.rest === '' ? openRequests : openRequest)(main, world),
  },
  { name: 'providers', title: 'Providers', open: openProviders },
  { name: 'keys', title: 'Keys', open: openKeys },
]

function askForKey(reason: string): void {
  document.title = 'Farthing'
  const door = buildSignIn({
    reason,
    onOpen: showViews,
    onLocked: () => lock('The gateway does not take this admin key any more.'),
  })
  document.body.replaceChildren(door)
  door.querySelector('input')?.focus()
}

/** Ends what is shown; the key goes with it. */
let lock: (reason: string) => void = () => undefined

function showViews(gateway: Gateway): void {
  let current = new AbortController()
  const links = VIEWS.map(({ name, title }) => create('a', { href: `#/${name}` }, title))
  const main = create('main', { id: 'main', tabindex: -1 })
  const go = (): void => {
    current.abort()
    current = new AbortController()
    const [path = '', query = ''] = location.hash.replace(/^#\//, '').split('?')
    const [name = '', ...rest] = path.split('/')
    const view = VIEWS.find((one) => one.name === name) ?? VIEWS[0]
    if (view === undefined) return
    for (const link of links) {
      if (link.hash === `#/${view.name}`) link.setAttribute('aria-current', 'page')
      else link.removeAttribute('aria-current')
    }
    document.title = `${view.title} · Farthing`
    main.replaceChildren(create('h1', {}, view.title))
    view.open(main, {
      gateway,
      rest: decode(rest.join('/')),
      query: new URLSearchParams(query),
      left: current.signal,
    })
  }
  const follow = (): void => {
    go()
    main.focus()
    scrollTo(0, 0)
  }
  lock = (reason) => {
    current.abort()
    removeEventListener('hashchange', follow)
    askForKey(reason)
  }
  addEventListener('hashchange', follow)
  const skip = create(
    'a',
    { class: 'skip', href: '#main', onclick: (event) => (event.preventDefault(), main.focus()) },
    'Skip to the content',
  )
  document.body.replaceChildren(
    skip,
    create(
      'header',
      {},
      buildBrand('span'),
      create('nav', { 'aria-label': 'Views' }, ...links),
      create('button', { type: 'button', onclick: () => lock('') }, 'Lock'),
    ),
    main,
  )
  follow()
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

askForKey('')
