// The process that reads what may break it. `worker.ts FORMAT SEED`, or `worker.ts malformed` or `faults`: tells its readiness, then runs the
// ranges of cases that it is asked for on stdin, one JSON line each way. File descriptor 3 carries the number of the case that is
// about to run: whoever watches knows it whatever happens then.

import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import * as fc from 'fast-check'
import { FileError } from '../../lib/core/errors.ts'
import { FAULTS } from './faults.ts'
import { FORMATS, inputsOf } from './formats.ts'
import { malformed } from './malformed/index.ts'
import type { Answer, CaseResult, Request } from './protocol.ts'
import { CPU_LIMIT_MS, caseSeed, MEMORY_LIMIT } from './protocol.ts'

/** Garbage is collected between cases from here on, so that only what a case itself needs counts. */
const MUCH = 48 * 2 ** 20

interface Cases {
  bytes(index: number): Uint8Array
  read(bytes: Uint8Array, index: number): Promise<unknown>
  /** A smaller input that fails in the same way. */
  smaller?(index: number): Promise<Uint8Array>
}

async function fuzzed(name: string, seed: number): Promise<Cases> {
  const format = FORMATS[name]
  if (format === undefined) throw new Error(`no format ${name}`)
  const inputs = await inputsOf(format)
  for (const whole of await format.seeds()) await problemOf(() => format.read(whole), whole.length)
  const bytes = (index: number) => {
    const [input = new Uint8Array()] = fc.sample(inputs, { seed: caseSeed(seed, index), numRuns: 1 })
    return input
  }
  return {
    bytes,
    read: input => format.read(input),
    async smaller(index) {
      const property = fc.asyncProperty(
        inputs,
        async input => (await problemOf(() => format.read(input), input.length)) === undefined,
      )
      const { counterexample } = await fc.check(property, {
        seed: caseSeed(seed, index),
        numRuns: 1,
        interruptAfterTimeLimit: 5000,
      })
      return counterexample?.[0] ?? bytes(index)
    },
  }
}

async function named(): Promise<Cases> {
  const cases = await malformed()
  const at = (index: number) => {
    const found = cases[index]
    if (found === undefined) throw new Error(`no malformed input ${index}`)
    return found
  }
  return { bytes: index => at(index).bytes(), read: (bytes, index) => at(index).read(bytes) }
}

const faulty = (): Cases => ({
  bytes: () => new Uint8Array(4),
  read: async (_, index) => Object.values(FAULTS)[index]?.(),
})

/** What is wrong with how a reader ended; undefined where it gave a value or refused in words. */
async function problemOf(read: () => Promise<unknown>, size: number): Promise<string | undefined> {
  try {
    await read()
    return undefined
  } catch (error) {
    return problemWith(error, size)
  }
}

function problemWith(error: unknown, size: number): string | undefined {
  if (!(error instanceof FileError)) return `not a FileError: ${error instanceof Error ? error.stack : String(error)}`
  const { file, offset, cure, message } = error
  if (!file.startsWith('file') || cure.length < 10) return `no file or cure: ${message}`
  if (offset !== undefined && !(Number.isInteger(offset) && offset >= 0 && offset <= size))
    return `offset ${offset} of ${size} bytes: ${message}`
  return message.length > 2000 || /undefined|\[object|NaN/.test(message.replaceAll(/".*?"/g, ''))
    ? `an odd message: ${message.slice(0, 300)}`
    : undefined
}

/** Bytes that this process held at most so far. */
const most = (): number => process.resourceUsage().maxRSS * 1024

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function run(cases: Cases, index: number): Promise<CaseResult> {
  const bytes = cases.bytes(index)
  writeSync(3, `${index}\n`)
  const before = cpuMs()
  const held = most()
  const result: CaseResult = { index, size: bytes.length, cpu: 0, memory: 0 }
  try {
    await cases.read(bytes, index)
  } catch (error) {
    result.problem = problemWith(error, bytes.length)
    if (error instanceof Error) result.message = error.message
    if (error instanceof FileError) Object.assign(result, { offset: error.offset })
  }
  result.cpu = cpuMs() - before
  result.memory = Math.max(0, most() - idle)
  const polluted = Object.keys(Object.prototype)
  if (polluted.length > 0) result.problem = `Object.prototype has ${polluted}`
  if (most() > held && result.memory > MEMORY_LIMIT)
    result.problem ??= `${Math.round(result.memory / 2 ** 20)} MiB more than idle`
  if (result.cpu > CPU_LIMIT_MS)
    result.problem ??= `${Math.round(result.cpu)} ms of processor time for ${result.size} bytes`
  if (result.problem !== undefined)
    result.bytes = Buffer.from((await cases.smaller?.(index)) ?? bytes).toString('base64')
  if (process.memoryUsage.rss() > idle + MUCH) globalThis.gc?.()
  return result
}

/** No text is evaluated from here on; ndarray alone makes its classes so, from the type and the rank. */
function forbidEvaluation(): void {
  const refuse = () => {
    throw new EvalError('text was evaluated')
  }
  const construct = (target: FunctionConstructor, args: string[]) =>
    /node_modules.ndarray/.test(new Error().stack ?? '') ? target(...args) : refuse()
  Object.assign(globalThis, {
    eval: refuse,
    Function: new Proxy(Function, { construct, apply: (target, _, args) => construct(target, args) }),
  })
}

const tell = (answer: Answer): void => void process.stdout.write(`${JSON.stringify(answer)}\n`)

const [name = '', seed = '0'] = process.argv.slice(2)
const cases = await (name === 'malformed' ? named() : name === 'faults' ? faulty() : fuzzed(name, Number(seed)))
forbidEvaluation()
globalThis.gc?.()
const idle = process.memoryUsage.rss()
tell({ ready: true })
for await (const line of createInterface({ input: process.stdin })) {
  const { from, count, all }: Request = JSON.parse(line)
  let slowest: CaseResult | undefined
  for (let index = from; index < from + count; index++) {
    const result = await run(cases, index)
    if (all || result.problem !== undefined) tell({ result })
    if (slowest === undefined || result.cpu > slowest.cpu) slowest = result
  }
  tell({ done: true, slowest })
}
