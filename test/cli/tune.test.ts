// doctor --tune and --untune: what is measured is shown, kept and forgotten. Measuring itself is tested in test/tune.test.ts.

import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { tableOf } from '../../cli/tune.ts'
import type { Diagnosis } from '../../lib/doctor.node.ts'
import { identityOf } from '../../lib/gpu/adapter.ts'
import { openAdapter } from '../../lib/gpu/driver.node.ts'
import { saveTuning } from '../../lib/gpu/saved-tuning.node.ts'
import { DEFAULT_TUNING } from '../../lib/gpu/tuning.ts'
import { storyteller, temporaryHome } from '../support/cli.ts'
import { testDevice } from '../support/gpu.ts'

const test = suite<Awaited<ReturnType<typeof temporaryHome>>>('doctor --tune')

test.before(async context => {
  Object.assign(context, await temporaryHome())
})
test.after(({ remove }) => remove())

test('doctor says whether a tuning is in effect; --untune forgets it', async () => {
  assert.match((await storyteller('doctor', '--quiet')).stdout, /sizes of kernels: the defaults; "storyteller doctor/)
  const { adapter } = await openAdapter()
  await saveTuning(identityOf(adapter.info), { ...DEFAULT_TUNING, tallest: 25 })
  const told = await storyteller('doctor', '--quiet')
  assert.match(told.stdout, /sizes of kernels: as measured on \d{4}-\d\d-\d\d: tallest 25\n/)
  assert.is(told.code, 0)
  const found = JSON.parse((await storyteller('doctor', '--quiet', '--json')).stdout) as Diagnosis
  assert.equal(found.adapter?.tuned?.tuning, { ...DEFAULT_TUNING, tallest: 25 })
  assert.match((await storyteller('doctor', '--untune')).stdout, /^what was measured on .* is forgotten\n$/)
  const again = await storyteller('doctor', '--untune', '--json')
  assert.is((JSON.parse(again.stdout) as { forgotten: boolean }).forgotten, false)
})

test('an adapter that leaves no choice: nothing is saved', async () => {
  const { facts } = await testDevice()
  if (facts.isHardware || facts.features.has('subgroups')) return
  const { code, stdout } = await storyteller('doctor', '--tune', '--quiet')
  assert.is(code, 0)
  assert.match(stdout, /^nothing to tune: /)
  assert.match((await storyteller('doctor', '--quiet')).stdout, /sizes of kernels: the defaults;/)
})

test('a table: a row a candidate, a column a product', () => {
  const figures = [
    { title: '32 rows', ms: [43.21, 0.01234], share: 1, chosen: false },
    { title: '25 rows', ms: [38, 0.011], share: 0.885, chosen: true },
  ]
  assert.equal(tableOf({ title: 'tallest tile', works: ['8 × 8 → 8', 'GRU 50 × 1600'], figures }), [
    '',
    'tallest tile',
    '                            8 × 8 → 8  GRU 50 × 1600',
    '  32 rows                        43.2         0.0123  100 %',
    '  25 rows                        38.0         0.0110   89 %  chosen',
  ])
})

test('options that exclude each other: exit 2', async () => {
  for (const other of ['--untune', '--fix', '--unfix'])
    assert.is((await storyteller('doctor', '--tune', other)).code, 2)
})

test.run()
