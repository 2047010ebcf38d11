// The door: asks for the admin key, tries it, and says why it will not do. The key goes on to whoever asked, and nowhere else.

import type { ProviderReport } from '../admin/provider-report.ts'
import { buildField, create } from './elements.ts'
import { connect, type Gateway, Refusal } from './gateway.ts'
import { messageOf } from './view.ts'

export interface SignInOptions {
  /** Why it is asked for again; empty the first time. */
  readonly reason: string
  readonly onOpen: (gateway: Gateway) => void
  readonly onLocked: (refusal: Refusal) => void
}

/** Others cannot be sent, and are no admin key. */
const CARRIED_BY_A_HEADER = /^[\x21-\x7e]+$/
const ADMIN_IS_OFF =
  'The admin API of this gateway is off. Start it with FARTHING_ADMIN_KEY set to a secret of your own, and give that secret here.'

export function buildSignIn({ reason, onOpen, onLocked }: SignInOptions): HTMLElement {
  const key = create('input', {
    type: 'password',
    required: true,
    autocomplete: 'off',
    spellcheck: 'false',
  })
  const problem = create('p', { class: 'problem', role: 'alert', hidden: reason === '' }, reason)
  const button = create('button', { class: 'primary' }, 'Open')
  const open = async (): Promise<void> => {
    button.disabled = true
    let isOpen = false
    // A wrong key is told here, not as one that is no longer taken.
    const gateway = connect(key.value.trim(), (refusal) => {
      if (isOpen) onLocked(refusal)
    })
    try {
      if (!CARRIED_BY_A_HEADER.test(key.value.trim())) throw new Refusal(401, '')
      await gateway.get<ProviderReport>('/providers')
      isOpen = true
      key.value = ''
      onOpen(gateway)
    } catch (error) {
      problem.textContent = explain(error)
      problem.hidden = false
      button.disabled = false
      key.select()
    }
  }
  const submit = (event: Event): void => {
    event.preventDefault()
    void open()
  }
  const hint =
    'The value of FARTHING_ADMIN_KEY. It stays in the memory of this page until you close or reload it.'
  return create(
    'main',
    { class: 'door' },
    create(
      'form',
      { class: 'card', onsubmit: submit },
      buildBrand('h1'),
      buildField({ label: 'Admin key', control: key, hint }),
      problem,
      button,
    ),
  )
}

export function buildBrand(name: 'h1' | 'span'): HTMLElement {
  return create(
    name,
    { class: 'brand' },
    create('img', { src: '/ui/icon.svg', alt: '', width: 28, height: 28 }),
    'Farthing',
  )
}

function explain(error: unknown): string {
  if (!(error instanceof Refusal)) return messageOf(error)
  if (error.status === 404) return ADMIN_IS_OFF
  return error.status === 401 ? 'That is not the admin key.' : error.message
}
