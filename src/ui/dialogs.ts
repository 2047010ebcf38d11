// Two dialogs: one that asks before something is done for good, and one that shows a secret once.

import { create } from './elements.ts'

export interface Question {
  readonly title: string
  readonly text: string
  readonly action: string
}

/** Resolves to false when it is closed in any other way. */
export function askFirst({ title, text, action }: Question): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const dialog = open(
    title,
    [create('p', {}, text)],
    [
      create('button', { type: 'button', autofocus: true, onclick: () => dialog.close() }, 'Cancel'),
      create('button', { type: 'button', class: 'danger', onclick: () => dialog.close('yes') }, action),
    ],
  )
  dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'))
  return promise
}

export interface Secret {
  readonly title: string
  readonly secret: string
}

/** Resolves when it is closed; by then the secret has left the document. */
export function showOnce({ title, secret }: Secret): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const shown = create('input', {
    class: 'secret',
    readonly: true,
    value: secret,
    'aria-label': 'Key',
    onfocus: () => shown.select(),
  })
  const status = create('span', { class: 'quiet', role: 'status' })
  const copy = async (): Promise<void> => {
    shown.select()
    // Absent where the page did not come over HTTPS or from this machine.
    await navigator.clipboard?.writeText(secret)
    status.textContent = navigator.clipboard === undefined ? 'Selected: copy it yourself.' : 'Copied.'
  }
  const dialog = open(
    title,
    [
      create('p', {}, 'It is shown this once. Farthing keeps a hash of it, and cannot show it again.'),
      shown,
      status,
    ],
    [
      create(
        'button',
        {
          type: 'button',
          onclick: () => void copy().catch(() => (status.textContent = 'Selected: copy it yourself.')),
        },
        'Copy',
      ),
      create('button', { type: 'button', class: 'primary', onclick: () => dialog.close() }, 'I have it'),
    ],
  )
  dialog.addEventListener('close', () => {
    shown.value = ''
    resolve()
  })
  shown.select()
  return promise
}

function open(title: string, content: readonly Node[], buttons: readonly Node[]): HTMLDialogElement {
  const heading = create('h2', { id: 'dialog-title' }, title)
  const dialog = create(
    'dialog',
    { 'aria-labelledby': heading.id },
    heading,
    ...content,
    create('div', { class: 'buttons' }, ...buttons),
  )
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
  return dialog
}
