// What the documents tell users to type exists: npm scripts, verbs, their options.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { VERBS } from '../../cli/verbs.ts'
import { filesIn, read, root } from './sources.ts'

const documents = [
  ...['README.md', 'CONTRIBUTING.md'].filter(file => existsSync(join(root, file))),
  ...filesIn(['docs', 'kernels', 'demo'], /\.md$/),
]

const program = new Command('storyteller')
for (const register of VERBS) register(program, new AbortController().signal)
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }

/** What stands in a text as code: fenced lines and inline pieces, continued lines joined. */
function codeOf(text: string): string[] {
  const fences = [...text.matchAll(/^```(?!ts|js|json|wgsl).*\n([\s\S]*?)^```/gm)].map(match => match[1] ?? '')
  const lines = fences.flatMap(block => block.replaceAll(/\\\n\s*/g, ' ').split('\n'))
  const outside = text.replaceAll(/^```[\s\S]*?^```/gm, '')
  return [...lines, ...[...outside.matchAll(/`([^`\n]+)`/g)].map(match => match[1] ?? '')]
}

/** What is wrong with one line of code; undefined where nothing is. */
function problem(line: string): string | undefined {
  const script = /\bnpm run ([\w:-]+)/.exec(line)?.[1]
  if (script !== undefined && scripts[script] === undefined) return `there is no script ${script}`
  const plain = /\bnpm (start|test)\b/.exec(line)?.[1]
  if (plain !== undefined && scripts[plain] === undefined) return `there is no script ${plain}`
  const [, words] = /(?:^|[$|&;]\s*|npx )storyteller ((?:[^|&;#]|\|(?=\w))*)/.exec(line) ?? []
  return words === undefined ? undefined : verbProblem(words.trim().split(/\s+/))
}

function verbProblem([name = '', ...rest]: string[]): string | undefined {
  if (name.startsWith('-')) return undefined
  const verb = program.commands.find(command => command.name() === name)
  if (verb === undefined) return /^[a-z]+$/.test(name) ? `there is no verb ${name}` : undefined
  const inner = verb.commands.find(command => command.name() === rest[0])
  const known = [verb, ...(inner ? [inner] : [])].flatMap(command => command.options.map(option => option.long))
  const unknown = rest
    .flatMap(word => /^\[?(--[a-z][a-z-]*)/.exec(word)?.[1] ?? [])
    .find(option => option !== '--help' && !known.includes(option))
  return unknown === undefined ? undefined : `${name} has no option ${unknown}`
}

test('the check sees what it should', () => {
  assert.is(problem('npx storyteller tell photo.jpg --k 50 --style romance'), undefined)
  assert.is(problem('storyteller style make corpus.txt --out s.npy --min-length 100'), undefined)
  assert.is(problem('npm test && npx storyteller doctor --json'), undefined)
  assert.is(problem('npx storyteller sing photo.jpg'), 'there is no verb sing')
  assert.is(problem('npx storyteller doctor --mend'), 'doctor has no option --mend')
  assert.is(problem('npm run no-such'), 'there is no script no-such')
  assert.equal(codeOf('a `b c` d\n```sh\ne \\\n  f\ng\n```\n```ts\nh\n```\n'), ['e  f', 'g', '', 'b c'])
})

test('every command in the documents exists', () => {
  const wrong = documents.flatMap(file =>
    codeOf(read(file)).flatMap(line => {
      const what = problem(line)
      return what === undefined ? [] : `${file}: "${line.trim()}": ${what}`
    }),
  )
  assert.equal(wrong, [])
})

test('what the library says to type exists too', () => {
  const said = filesIn(['lib', 'cli', 'weights-converter'], /\.ts$/).flatMap(file =>
    [...read(file).matchAll(/"(storyteller [a-z][^"$]*)"/g)].flatMap(([, line = '']) => {
      const what = problem(line)
      return what === undefined ? [] : `${file}: "${line}": ${what}`
    }),
  )
  assert.equal(said, [])
})

test.run()
