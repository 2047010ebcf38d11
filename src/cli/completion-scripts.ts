// Completion of commands and options for three shells: lists, and a few lines of shell that look up what was typed so far.

export interface CompletedVerb {
  /** `keys create`. */
  readonly name: string
  readonly summary: string
  readonly options: readonly string[]
}

type Script = (verbs: readonly CompletedVerb[]) => string

export const SHELLS: ReadonlyMap<string, Script> = new Map([
  ['bash', bashScript],
  ['zsh', zshScript],
  ['fish', fishScript],
])

/** By the words typed so far, the words that may follow. */
function wordsAfter(verbs: readonly CompletedVerb[]): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, Set<string>>([['', new Set()]])
  for (const { name, options } of verbs) {
    const [first = '', second] = name.split(' ')
    words.get('')?.add(first)
    if (second !== undefined) words.set(first, (words.get(first) ?? new Set()).add(second))
    words.set(name, new Set(options))
  }
  words.set('completion', new Set(SHELLS.keys()))
  return new Map(Array.from(words, ([typed, next]) => [typed, [...next]]))
}

const FILE_OPTIONS = '--file|--catalog|--config|--prices'

/** Lines of a `case` over what was typed; behind a whole command may stand more. */
function casesOf(verbs: readonly CompletedVerb[], assign: (next: string) => string): string {
  const names = new Set(verbs.map(({ name }) => name))
  return Array.from(wordsAfter(verbs), ([typed, next]) => {
    const pattern = names.has(typed) ? `'${typed}' | '${typed} '*` : `'${typed}'`
    return `    ${pattern}) ${assign(next.join(' '))} ;;\n`
  }).join('')
}

function bashScript(verbs: readonly CompletedVerb[]): string {
  return `# bash completion of farthing
_farthing() {
  local current="\${COMP_WORDS[COMP_CWORD]}" typed='' next='' at
  case "\${COMP_WORDS[COMP_CWORD - 1]}" in
    ${FILE_OPTIONS}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
  esac
  for ((at = 1; at < COMP_CWORD; at++)); do
    [[ "\${COMP_WORDS[at]}" == -* ]] && break
    typed+="\${typed:+ }\${COMP_WORDS[at]}"
  done
  case "$typed" in
${casesOf(verbs, (next) => `next='${next}'`)}  esac
  mapfile -t COMPREPLY < <(compgen -W "$next" -- "$current")
}
complete -F _farthing farthing
`
}

function zshScript(verbs: readonly CompletedVerb[]): string {
  return `#compdef farthing
_farthing() {
  local typed='' word
  local -a next
  case "\${words[CURRENT - 1]}" in
    ${FILE_OPTIONS}) _files; return ;;
  esac
  for word in "\${(@)words[2,CURRENT - 1]}"; do
    [[ "$word" == -* ]] && break
    typed+="\${typed:+ }$word"
  done
  case "$typed" in
${casesOf(verbs, (next) => `next=(${next})`)}  esac
  compadd -- $next
}
if [[ "$funcstack[1]" == _farthing ]]; then _farthing; else compdef _farthing farthing; fi
`
}

function fishScript(verbs: readonly CompletedVerb[]): string {
  const names = new Set(verbs.map(({ name }) => name))
  const summaries = new Map(verbs.map(({ name, summary }) => [name, summary]))
  const lines = Array.from(wordsAfter(verbs)).flatMap(([typed, next]) =>
    next.map((word) => {
      const summary = summaries.get(typed === '' ? word : `${typed} ${word}`)
      const about = summary === undefined ? '' : ` -d '${summary.replaceAll("'", "\\'")}'`
      const more = names.has(typed) ? ` '${typed} *'` : ''
      return `complete -c farthing -f -n "__farthing_typed '${typed}'${more}" -a '${word}'${about}\n`
    }),
  )
  const files = FILE_OPTIONS.split('|').map(
    (option) => `complete -c farthing -F -n '__fish_prev_arg_in ${option}'\n`,
  )
  return `# fish completion of farthing
function __farthing_typed
  set -l typed
  for word in (commandline -opc)[2..-1]
    string match -q -- '-*' $word; and break
    set -a typed $word
  end
  test "$typed" = "$argv[1]"; or string match -q -- "$argv[2]" "$typed"
end
${files.join('')}${lines.join('')}`
}
