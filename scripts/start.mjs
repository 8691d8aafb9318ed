// `npm start [-- photo.jpg --k 50 …]`: tells a story, about a sample picture where none is named; `npm start -- harbour` names one.
// Works on a fresh clone. Arguments go to `storyteller tell` as they are; the embedded model tells in all its styles.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { prepare, root } from './prepare.mjs'

/** Options of `tell` that take no value: the argument after one of them may be a picture. */
const FLAGS = ['--lyric', '--sample', '--json', '--quiet', '--compat', '--help', '-h']

const SAMPLES = join(root, 'demo', 'pictures')
const LAST_SAMPLE = join(root, 'dist', '.last-sample')

/** The embedded model's stories are far shorter; by this the time that is left is told. */
const LONGEST = '100'

/** The next sample picture, so that two stories in a row are about two pictures. */
function nextSample() {
  const pictures = readdirSync(SAMPLES)
    .filter(name => name.endsWith('.png'))
    .sort()
  const last = existsSync(LAST_SAMPLE) ? pictures.indexOf(readFileSync(LAST_SAMPLE, 'utf8')) : -1
  const picture = pictures[(last + 1) % pictures.length]
  writeFileSync(LAST_SAMPLE, picture)
  return join(SAMPLES, picture)
}

function namesPicture(args) {
  return args.some((arg, i) => {
    const before = args[i - 1] ?? ''
    const isValue = before.startsWith('-') && !before.includes('=') && !FLAGS.includes(before)
    return !arg.startsWith('-') && !isValue
  })
}

/** A sample picture by its name; anything else as it is. */
function sampleOrPath(arg) {
  const sample = join(SAMPLES, `${arg}.png`)
  return /^\w+$/.test(arg) && !existsSync(arg) && existsSync(sample) ? sample : arg
}

const has = (args, option) => args.some(arg => arg === option || arg.startsWith(`${option}=`))

function complete(given) {
  const args = given.map(sampleOrPath)
  if (has(args, '--help') || has(args, '-h')) return args
  if (!namesPicture(args)) args.unshift(nextSample())
  if (!['--style', '--styles', '--model'].some(option => has(args, option))) args.push('--styles', 'all')
  if (!has(args, '--model') && !has(args, '--maxlen')) args.push('--maxlen', LONGEST)
  if (!has(args, '--html')) args.push('--html', 'story.html')
  return args
}

prepare()
// npm runs scripts in the package's folder; paths are meant from where the user is.
if (process.env.INIT_CWD) process.chdir(process.env.INIT_CWD)
const args = complete(process.argv.slice(2))
const main = join(root, 'dist', 'cli', 'main.js')
process.argv = [process.execPath, main, 'tell', ...args]
await import(pathToFileURL(main).href)
