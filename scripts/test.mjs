// `npm test [-- PATTERN]`: every test/**/*.test.ts whose path fits PATTERN (a regular expression), each file in a process of its own,
// a few at a time. Ends with `N passed, N failed`; a file that crashes, hangs or runs no test counts as one failure.

import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join, relative } from 'node:path'
import { build, install, root } from './prepare.mjs'

/** These take longest, so they start first. */
const LONGEST = /^test\/conformance\./
const GPU_FOLDERS = /^test\/(cli|story|nets|graph|ops|gpu)\//
const AT_ONCE = Math.min(4, Math.max(2, availableParallelism()))
/** A file that takes longer hangs. */
const LIMIT_MS = 20 * 60 * 1000

const ESC = '\u001b'
const color = process.stdout.isTTY && !process.env.NO_COLOR
const paint = (code, text) => (color ? `${ESC}[${code}m${text}${ESC}[0m` : text)
const plain = text => text.replaceAll(new RegExp(`${ESC}\\[[0-9;]*m`, 'g'), '')

function testFiles(pattern) {
  const fits = new RegExp(pattern ?? '')
  const files = readdirSync(join(root, 'test'), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.test.ts'))
    .map(entry => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter(file => fits.test(file))
    .sort()
  const rank = file => (LONGEST.test(file) ? 0 : GPU_FOLDERS.test(file) ? 1 : 2)
  return files.sort((a, b) => rank(a) - rank(b))
}

/** Runs one file to its end; resolves to its counts and all it wrote. */
function runFile(file) {
  return new Promise(done => {
    const started = performance.now()
    const env = { ...process.env, ...(color ? { FORCE_COLOR: '1' } : { NO_COLOR: '1' }) }
    const child = spawn(process.execPath, ['--import', 'tsx', 'scripts/test-file.mjs', file], { cwd: root, env })
    let output = ''
    child.stdout.on('data', chunk => {
      output += chunk
    })
    child.stderr.on('data', chunk => {
      output += chunk
    })
    const timer = setTimeout(() => {
      output += `\nstopped after ${LIMIT_MS / 60_000} minutes\n`
      child.kill('SIGKILL')
    }, LIMIT_MS)
    child.on('close', (code, signal) => {
      clearTimeout(timer)
      done({ file, output, seconds: (performance.now() - started) / 1000, ...judge(output, code, signal) })
    })
  })
}

function judge(output, code, signal) {
  const count = name => Number(new RegExp(`^ {2}${name}: +(\\d+)`, 'm').exec(plain(output))?.[1] ?? 0)
  const [total, passed, skipped] = [count('Total'), count('Passed'), count('Skipped')]
  if (signal !== null) return { passed, failed: Math.max(1, total - passed), problem: `ended by ${signal}` }
  if (skipped > 0) return { passed, failed: total - passed + skipped, problem: `${skipped} skipped` }
  if (total === 0) return { passed, failed: 1, problem: code === 0 ? 'ran no test' : `crashed with exit code ${code}` }
  if (passed === total && code !== 0) return { passed, failed: 1, problem: `exit code ${code}` }
  return { passed, failed: total - passed }
}

function report({ file, output, seconds, passed, failed, problem }) {
  const mark = failed === 0 ? paint(32, '✓') : paint(31, '✘')
  const bad = failed === 0 ? '' : `, ${failed} failed`
  const why = problem === undefined ? '' : ` (${problem})`
  process.stdout.write(`${mark} ${file}  ${passed} passed${bad}${why}  ${seconds.toFixed(1)} s\n`)
  if (failed > 0) process.stdout.write(`${output.trim().replaceAll(/^/gm, '    ')}\n`)
}

async function runAll(files) {
  const queue = [...files]
  const sum = { passed: 0, failed: 0 }
  const work = async () => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runFile(file)
      report(result)
      sum.passed += result.passed
      sum.failed += result.failed
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  return sum
}

install()
const problem = build()
if (problem !== undefined) process.stdout.write(`${paint(31, '✘')} build: ${problem}\n`)
const files = testFiles(process.argv[2])
if (files.length === 0) process.stdout.write(`no test file fits ${process.argv[2]}\n`)
const sum = await runAll(files)
const { passed } = sum
const failed = sum.failed + (problem === undefined ? 0 : 1)
process.stdout.write(`\n${passed} passed, ${failed} failed\n`)
process.exitCode = failed > 0 || passed === 0 ? 1 : 0
