// The form for a new key. The gateway says what is wrong with a field, and the field says it on.

import { buildField, buildOptions, create } from './elements.ts'
import { Refusal } from './gateway.ts'
import { messageOf } from './view.ts'

const TIERS = [
  ['', 'any'],
  ['economy', 'economy'],
  ['standard', 'standard'],
  ['premium', 'premium'],
  ['frontier', 'frontier'],
] as const
const PERIODS = [
  ['day', 'a day'],
  ['week', 'a week'],
  ['month', 'a month'],
  ['total', 'in total'],
] as const

export function buildKeyForm(onCreate: (fields: object) => Promise<void>): HTMLElement {
  const name = create('input', { name: 'name', required: true, maxlength: 100, autocomplete: 'off' })
  const limit = create('input', {
    name: 'budgets',
    type: 'number',
    min: 0,
    step: 'any',
    inputmode: 'decimal',
  })
  const period = create('select', { name: 'period' }, ...buildOptions(PERIODS, 'month'))
  const hard = create('input', { name: 'hard', type: 'checkbox', checked: true })
  const problem = create('p', { class: 'problem', role: 'alert', hidden: true })
  const button = create('button', { class: 'primary' }, 'Create key')
  const form = create(
    'form',
    { class: 'fields' },
    buildField({ label: 'Name', control: name }),
    buildField({ label: 'Team', control: textInput('team') }),
    buildField({ label: 'Project', control: textInput('project') }),
    buildField({ label: 'Tags', control: textInput('tags', 'feature=faq, app=web') }),
    buildField({
      label: 'Lowest tier',
      control: create('select', { name: 'min_tier' }, ...buildOptions(TIERS, '')),
    }),
    buildField({
      label: 'Highest tier',
      control: create('select', { name: 'max_tier' }, ...buildOptions(TIERS, '')),
    }),
    buildField({ label: 'Budget, USD', control: limit }),
    buildField({ label: 'Period', control: period }),
    create('label', { class: 'switch' }, hard, 'Refuse what does not fit'),
    buildField({ label: 'Expires', control: create('input', { name: 'expires_at', type: 'date' }) }),
    problem,
    button,
  )
  const submit = async (): Promise<void> => {
    button.disabled = true
    problem.hidden = true
    for (const marked of form.querySelectorAll('[aria-invalid]')) marked.removeAttribute('aria-invalid')
    try {
      await onCreate(readFields(new FormData(form)))
      form.reset()
    } catch (error) {
      problem.textContent = messageOf(error)
      problem.hidden = false
      point(form, error)
    } finally {
      button.disabled = false
    }
  }
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void submit()
  })
  return create('details', { class: 'card' }, create('summary', {}, 'New key'), form)
}

function textInput(name: string, placeholder = ''): HTMLInputElement {
  return create('input', { name, placeholder, autocomplete: 'off', spellcheck: 'false' })
}

function point(form: HTMLFormElement, error: unknown): void {
  const name = error instanceof Refusal ? (error.param?.split('.')[0] ?? '') : ''
  const control = form.elements.namedItem(name)
  if (!(control instanceof HTMLElement)) return
  control.setAttribute('aria-invalid', 'true')
  control.focus()
}

function readFields(data: FormData): object {
  const read = (name: string): string => {
    const value = data.get(name)
    return typeof value === 'string' ? value.trim() : ''
  }
  const texts = ['name', 'team', 'project', 'min_tier', 'max_tier', 'expires_at'].flatMap((name) =>
    read(name) === '' ? [] : [[name, read(name)] as const],
  )
  const budget = { limit_usd: Number(read('budgets')), period: read('period'), hard: data.has('hard') }
  return {
    ...Object.fromEntries(texts),
    ...(read('tags') === '' ? {} : { tags: readTags(read('tags')) }),
    ...(read('budgets') === '' ? {} : { budgets: [budget] }),
  }
}

/** `a=1, b=2`. What is written otherwise the gateway refuses, and says how it should be. */
function readTags(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    text.split(',').map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [name.trim(), value.join('=').trim()]
    }),
  )
}
