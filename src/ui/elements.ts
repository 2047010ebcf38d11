// Elements from plain data. A text becomes a text node or the value of an attribute, never markup: names that came with a
// request can be looked at without harm.

export type Child = Node | string
type Attribute = string | number | boolean | null | ((event: Event) => void)

/** `onclick` and its like take a listener; `true` is an attribute without a value, `false` and null are none. */
export function create<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, Attribute>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(key.slice('on'.length), value)
    else if (value !== null && value !== false) element.setAttribute(key, value === true ? '' : String(value))
  }
  element.append(...children)
  return element
}

/** What it holds of a row's width, as the style sheet draws it. */
export function setShare(element: HTMLElement, name: string, share: number): void {
  element.style.setProperty(`--${name}`, `${(Math.min(1, Math.max(0, share)) * 100).toFixed(3)}%`)
}

export function buildOptions(
  options: readonly (readonly [value: string, label: string])[],
  chosen: string,
): readonly HTMLOptionElement[] {
  return options.map(([value, label]) => create('option', { value, selected: value === chosen }, label))
}

export interface FieldOptions {
  readonly label: string
  readonly control: HTMLElement
  readonly hint?: string
}

let fields = 0

/** A control with its label above it, and a hint that is read out with it. */
export function buildField({ label, control, hint }: FieldOptions): HTMLElement {
  const id = `field-${++fields}`
  control.id = id
  if (hint !== undefined) control.setAttribute('aria-describedby', `${id}-hint`)
  return create(
    'div',
    { class: 'field' },
    create('label', { for: id }, label),
    control,
    ...(hint === undefined ? [] : [create('small', { id: `${id}-hint` }, hint)]),
  )
}
