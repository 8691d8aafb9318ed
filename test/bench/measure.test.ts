// A small product measured for real: a whole row comes of it, limits and a fake peer included, and a wrong output is an error.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Case, measure, type Workload } from '../../bench/harness/measure.ts'
import type { PeerProgram } from '../../bench/harness/peer.ts'
import { CheckError } from '../../bench/harness/reference.ts'
import { Session } from '../../bench/harness/session.ts'
import { productCase } from '../../bench/workloads/gemm.ts'

const test = suite<{ session: Session }>('measure')

/** Answers every run with zeros, which are wrong. */
const WRONG: PeerProgram = {
  name: 'wrong',
  command: process.execPath,
  args: [
    '--eval',
    `const say = answer => console.log(JSON.stringify(answer))
say({ ready: true, version: '1', adapter: 'CPU' })
require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
  const question = JSON.parse(line)
  say(question.do === 'prepare' ? { prepared: true } : { ms: 1, values: question.positions.map(() => 0) })
})`,
  ],
  ops: ['gemm'],
}

const small = (session: Session): Promise<Case> =>
  productCase(session, 'small', [20, 36, 64], { limit: 'multiply-add', op: 'gemm' })

const workload = (...cases: Workload['cases']): Workload => ({ name: 'gemm', title: 'small', unit: 'ms', cases })

test.before(async context => {
  context.session = await Session.open({ rounds: 2, budget: 1000, peers: [WRONG] }, () => undefined)
})
test.after(async ({ session }) => {
  await session.close()
})

test('a row: spread, rates, the share of the limit, adapter and commit; a peer that is wrong is missing', async ({
  session,
}) => {
  const row = await measure(workload(small), session)
  assert.equal([row.workload, row.unit, row.n, row.checked], ['gemm', 'ms', 2, true])
  assert.ok(row.median > 0 && row.p10 <= row.median && row.median <= row.p90)
  const { gflops = 0, limit, ceilingShare = 0 } = row
  assert.ok(Math.abs(gflops * row.median * 1e6 - 2 * 20 * 36 * 64) < 1)
  assert.is(limit?.kind, 'multiply-add')
  assert.ok(Math.abs(ceilingShare - gflops / (limit?.value ?? 0)) < 1e-9)
  assert.equal(row.peers, {})
  assert.match(row.missing.wrong ?? '', /^its outputs are wrong: value 0 is 0, not /)
  assert.is(row.adapter, session.device.label)
  assert.match(row.commit, /^([0-9a-f]+\+?|unknown)$/)
})

test('cases add up, each as often as it counts; one that counts for nothing is only shown', async ({ session }) => {
  const thrice = async () => ({ ...(await small(session)), times: 3 })
  const shown = async () => ({ ...(await small(session)), times: 0 })
  const row = await measure(workload(thrice, shown), session)
  assert.is(row.cases.length, 2)
  assert.ok(Math.abs(row.median - 3 * (row.cases[0]?.median ?? 0)) < 1e-9)
})

test('outputs that are not those of the reference are an error, and no row', async ({ session }) => {
  const wrong = async (): Promise<Case> => {
    const made = await small(session)
    const [first = 0, ...others] = made.reference.values
    return { ...made, reference: { ...made.reference, values: [first + 0.01, ...others] } }
  }
  const error = await measure(workload(wrong), session).catch((e: Error) => e)
  assert.instance(error, CheckError)
  assert.match(String(error), /small: value 0 is /)
})

test('dispatches that compute nothing are noticed: the output was cleared', async ({ session }) => {
  const idle = async (): Promise<Case> => ({ ...(await small(session)), run: async () => 1 })
  assert.instance(await measure(workload(idle), session).catch((e: Error) => e), CheckError)
})

test.run()
