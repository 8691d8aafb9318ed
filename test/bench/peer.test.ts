// The protocol with peers, spoken by fake ones: one that answers, ones that fail at each point.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Peer, type PeerProgram } from '../../bench/harness/peer.ts'
import { Peers } from '../../bench/harness/peers.ts'

const program = (name: string, code: string): PeerProgram => ({
  name,
  command: process.execPath,
  args: ['--eval', code],
  ops: ['gemm'],
})

const READY = `console.log(JSON.stringify({ ready: true, version: '1.2', adapter: 'CPU' }))`
const answering = (answer: string): string =>
  `${READY}; console.log('a library says hello')
require('node:readline').createInterface({ input: process.stdin }).on('line', line => {
  const question = JSON.parse(line)
  console.log(JSON.stringify(${answer}))
})`

const GOOD = answering(
  `question.do === 'prepare' ? { prepared: true } : { ms: 5, values: question.positions.map(p => 2 * p) }`,
)
const JOB = { op: 'gemm', m: 1 }

test('ready, prepared, run: what it says of itself, its time, its outputs', async () => {
  const peer = await Peer.start(program('good', GOOD))
  assert.equal([peer.version, peer.adapter], ['1.2', 'CPU'])
  await peer.prepare(JOB)
  assert.equal(await peer.run([1, 3]), { ms: 5, values: [2, 6] })
  peer.close()
})

test('missing ones are told with the reason, and do not stand in the way of the others', async () => {
  const peers = new Peers([
    program('absent', `throw new Error('no such module')`),
    { ...program('no program', ''), command: 'no-such-program-anywhere' },
    program('refuses', answering(`{ error: 'needs 3 GB' }`)),
    { ...program('other', GOOD), ops: ['conv'] },
    program('good', GOOD),
  ])
  const { ready, missing } = await peers.prepare(JOB)
  assert.equal(
    ready.map(({ name }) => name),
    ['good'],
  )
  assert.equal(Object.keys(missing).sort(), ['absent', 'no program', 'refuses'])
  assert.match(missing['no program'] ?? '', /ENOENT/)
  assert.is(missing.refuses, 'needs 3 GB')
  await peers.close()
})

test('a peer that dies in the middle is an error of its own kind', async () => {
  const peer = await Peer.start(program('dies', answering(`(process.exit(3), 0)`)))
  const error = await peer.prepare(JOB).catch((e: Error) => e)
  assert.is(error?.constructor.name, 'PeerError')
  peer.close()
})

test('an answer without a time is refused', async () => {
  const peer = await Peer.start(program('odd', answering(`{ fine: true }`)))
  const error = await peer.run([0]).catch((e: Error) => e)
  assert.match(String(error), /no ms or no values/)
  peer.close()
})

test.run()
