// Pickles that CPython 2.7 wrote, with cPickle and with pickle, in protocols 0, 1 and 2: values and types as recorded.

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readPickle } from '../../../../weights-converter/formats/pickle/index.ts'
import { PyDict, textEntries } from '../../../../weights-converter/formats/pickle/values.ts'
import { goldenJson, goldenNames, goldenSource } from '../../files.ts'
import { expected, type Tagged, told } from './tagged.ts'

interface Listed {
  decoded: string
  pickles_in_file: number
}
const listing: Record<string, Listed> = goldenJson('pickles-py2/listing.json')

for (const [name, { decoded, pickles_in_file }] of Object.entries(listing))
  test(name, async () => {
    const values: Tagged[] = goldenJson(`pickles-py2/${decoded}`)
    assert.is(values.length, pickles_in_file)
    const source = goldenSource(`pickles-py2/${name}`)
    let position = 0
    for (const value of values) {
      const read = await readPickle(source, position)
      assert.is(await told(read.value), expected(value))
      position = read.end
    }
    assert.is(position, source.size, 'nothing is left')
  })

test('every pickle is in the list', () => {
  const pickles = goldenNames('pickles-py2').filter(name => name.endsWith('.pkl'))
  assert.equal(Object.keys(listing).sort(), pickles)
})

test('the first value of an equal key keeps the place, the last is taken', async () => {
  const { value } = await readPickle(goldenSource('pickles-py2/romance_dictionary.p0.pkl'))
  assert.instance(value, PyDict)
  if (value instanceof PyDict) assert.is(textEntries(value).size, 98)
})

test.run()
