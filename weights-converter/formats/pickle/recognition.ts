// Whether bytes are a pickle, from the first of them. Pickles of protocol 0 are lines of text, and word lists are too: "cat" and
// "dog" would be a global. So a text counts as a pickle only where several of its opcodes in a row make sense.

/** Enough for the opcodes that decide. */
const LOOKED_AT = 200

const NUMBER = 'I-?\\d+\\n|L-?\\d+L?\\n|F[-+.\\w]+\\n'
const STRING = `S(?:'[^\\n]*'|"[^\\n]*")\\n`
const PUT = 'p\\d+\\n'
/** A name is called, remembered, or all there is. */
const GLOBAL = `c[\\w.]+\\n[\\w.]+\\n(?:${PUT}|\\([^\\n]|\\)|\\.$)`
const VALUE = `${NUMBER}|${STRING}|${GLOBAL}`

const AS_TEXT = new RegExp(
  [
    // A dict or list, remembered, empty, or with a first item.
    `\\(+[dl](?:${PUT}|\\(|\\.|N|V|${VALUE})`,
    // A tuple of plain values, or what one is called with.
    `\\(+(?:${VALUE}|V[^\\n]*\\n(?:${PUT}|[VSt]))`,
    // An object of an old class.
    '\\(i[\\w.]+\\n[\\w.]+\\n',
    GLOBAL,
    // One plain value and the end.
    `(?:N|${NUMBER}|${STRING}|V[^\\n]*\\n)(?:${PUT})?\\.$`,
    // Protocol 1 with nothing but printable characters.
    '[\\]})](?:\\.$|\\()',
    // Nesting for its own sake.
    '\\({50}',
  ]
    .map(form => `^(?:${form})`)
    .join('|'),
)

/** For a file that is all text so far. */
export const isPickleText = (head: Uint8Array): boolean =>
  AS_TEXT.test(String.fromCharCode(...head.subarray(0, LOOKED_AT)))

/** For a file that is no text: begins as pickles of protocol 2 or later do, or as those of protocol 1 that weights come in. */
export const isPickle = (head: Uint8Array): boolean =>
  (head[0] === 0x80 && (head[1] ?? 10) < 10) || /^[\](){}c]/.test(String.fromCharCode(head[0] ?? 0))
