// Dictionaries on disk: written and read, texts in both forms, and what is none.

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { FileError } from '../../lib/core/errors.ts'
import { buildDictionary } from '../../lib/train/dictionary.ts'
import { readDictionaryFile, writeDictionaryFile } from '../../lib/train/dictionary-file.node.ts'
import { bytesSource } from '../../weights-converter/formats/byte-sources.ts'
import { readPickle } from '../../weights-converter/formats/pickle/index.ts'
import { writePickle } from '../../weights-converter/formats/pickle/writer.ts'
import { toJson } from '../../weights-converter/plain.ts'
import { rejection } from '../support/engine.ts'
import { temporaryFolder } from '../support/folder.ts'

const test = suite('dictionary files')
const { folder, remove } = await temporaryFolder()
test.after(remove)
const dictionary = buildDictionary(['the naïve cat', 'the the cat'])

test('two pickles, as the original has them: ids and counts', async () => {
  const file = join(folder, 'deep', 'two.pkl')
  await writeDictionaryFile(file, dictionary, true)
  const ids = await readDictionaryFile(file)
  assert.equal([...ids], [...dictionary.ids])
  const bytes = await readFile(file)
  const counts = await readPickle(bytesSource(file, bytes), writePickle(dictionary.ids).length)
  assert.equal(toJson(counts.value, file), { the: 3, naïve: 1, cat: 2 })
})

test('one pickle for an embedding', async () => {
  const file = join(folder, 'one.pkl')
  await writeDictionaryFile(file, dictionary, false)
  assert.is((await readFile(file)).length, writePickle(dictionary.ids).length)
})

test('texts, with and without the two words that have no word', async () => {
  const file = join(folder, 'words.txt')
  for (const text of ['the\ncat\n', '<eos>\nUNK\nthe\ncat']) {
    await writeFile(file, text)
    assert.equal(
      [...(await readDictionaryFile(file))],
      [
        ['the', 2],
        ['cat', 3],
      ],
    )
  }
})

test('what is no dictionary is refused', async () => {
  const wrong = { 'options.pkl': writePickle({ dim: 'x' }), 'low.pkl': writePickle({ the: 1 }), 'none.pkl': 'text' }
  for (const [name, data] of Object.entries(wrong)) {
    await writeFile(join(folder, name), data)
    assert.instance(await rejection(readDictionaryFile(join(folder, name))), FileError, name)
  }
})

test.run()
