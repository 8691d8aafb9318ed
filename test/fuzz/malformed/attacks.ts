// What is published of attacks by pickles, as a list of facts: names that scanners know as dangerous (picklescan's and fickling's
// lists), the forms in which a pickle can ask for them, and the places where pickles hide. None is run here or anywhere.

import { crc32 } from 'node:zlib'
import { joined, raw } from '../../weights-converter/files.ts'
import { fields } from '../grammar/arrays.ts'
import { casesOf, type Facts, type Malformed, READ } from './case.ts'

/** Modules with the names in them that lead to execution, files or the network. */
const DANGEROUS: Readonly<Record<string, string>> = {
  __builtin__:
    'eval exec execfile compile getattr setattr apply open file input reload globals vars dict __import__ breakpoint memoryview',
  builtins: 'eval exec compile getattr open breakpoint __import__ globals map filter type',
  os: 'system popen execv spawnl remove environ startfile',
  posix: 'system popen execve',
  nt: 'system startfile',
  subprocess: 'Popen call check_output run getoutput',
  commands: 'getoutput getstatusoutput',
  sys: 'exit modules settrace _getframe',
  pty: 'spawn',
  shutil: 'rmtree copyfile move',
  socket: 'create_connection socket',
  ssl: 'get_server_certificate',
  types: 'CodeType FunctionType',
  marshal: 'loads',
  pickle: 'loads load Unpickler',
  _pickle: 'loads',
  cPickle: 'loads',
  dill: 'loads',
  joblib: 'load',
  'joblib.numpy_pickle': 'NumpyArrayWrapper',
  'cloudpickle.cloudpickle': '_make_function _builtin_type subimport _make_cell',
  importlib: 'import_module',
  'importlib.machinery': 'SourceFileLoader',
  imp: 'load_source',
  pkgutil: 'resolve_name',
  runpy: 'run_path _run_code',
  code: 'InteractiveInterpreter InteractiveInterpreter.runcode',
  codeop: 'compile_command',
  operator: 'attrgetter itemgetter methodcaller',
  _operator: 'attrgetter methodcaller',
  functools: 'partial reduce',
  ctypes: 'CDLL windll',
  _io: 'FileIO open',
  io: 'open FileIO',
  logging: 'FileHandler',
  'logging.config': 'fileConfig dictConfig',
  webbrowser: 'open',
  'urllib.request': 'urlopen',
  urllib: 'urlretrieve',
  httplib: 'HTTPSConnection',
  'http.client': 'HTTPConnection',
  'requests.api': 'get',
  'aiohttp.client': 'ClientSession',
  asyncio: 'create_subprocess_shell',
  'asyncio.unix_events': '_UnixSubprocessTransport._start',
  'multiprocessing.util': 'spawnv_passfds',
  threading: 'Thread',
  _posixsubprocess: 'fork_exec',
  cProfile: 'run runctx',
  profile: 'run Profile.run',
  pdb: 'run',
  bdb: 'Bdb Bdb.run',
  timeit: 'timeit',
  trace: 'Trace.run',
  doctest: 'debug_script',
  pydoc: 'locate pipepager',
  ensurepip: '_run_pip',
  pip: 'main',
  venv: 'create',
  'distutils.file_util': 'write_file',
  'idlelib.pyshell': 'ModifiedInterpreter.runcode',
  'idlelib.run': 'Executive.runcode',
  'idlelib.autocomplete': 'AutoComplete.get_entity',
  'idlelib.calltip': 'get_entity',
  'idlelib.debugobj': 'ObjectTreeItem.SetText',
  'lib2to3.pgen2.grammar': 'Grammar.loads',
  'lib2to3.pgen2.pgen': 'ParserGenerator.make_label',
  'test.support.script_helper': 'assert_python_ok',
  imaplib: 'IMAP4_stream',
  uuid: '_get_command_stdout',
  _osx_support: '_read_output',
  _aix_support: '_read_cmd_output',
  '_pyrepl.pager': 'pipe_pager',
  sqlite3: 'connect',
  smtplib: 'SMTP',
  tempfile: 'mktemp',
  zipfile: 'ZipFile',
  tarfile: 'open',
  site: 'addsitedir',
  unittest: 'mock',
  gc: 'get_objects',
  inspect: 'getattr_static',
  atexit: 'register',
  signal: 'signal',
  _thread: 'start_new_thread',
  _xxsubinterpreters: 'run_string',
  numpy: 'load fromfile save memmap vectorize',
  'numpy.f2py.crackfortran': 'getlincoef',
  'numpy.testing._private.utils': 'runstring',
  'numpy.core.multiarray': 'fromfile array',
  'pandas.io.pickle': 'read_pickle',
  torch: 'load FloatStorage',
  'torch.serialization': 'load',
  'torch._utils': '_rebuild_tensor_v2',
  'torch.hub': 'load',
  'torch._dynamo.guards': 'GuardBuilder.get',
  'torch._inductor.codecache': 'compile_file',
  'torch.fx.experimental.symbolic_shapes': 'ShapeEnv.evaluate_guards_expression',
  'torch.jit.unsupported_tensor_ops': 'execWrapper',
  'torch.utils._config_module': 'ConfigModule.load_config',
  'torch.utils.bottleneck.__main__': 'run_cprofile',
  'torch.utils.collect_env': 'run run_and_read_all',
  'torch.utils.data.datapipes.utils.decoder': 'basichandlers',
  'tensorflow.python.framework.load_library': 'load_op_library',
  'keras.models': 'load_model',
  yaml: 'unsafe_load',
  'fickling.hook': 'remove_hook',
  collections: 'namedtuple Counter UserDict',
  copy_reg: '__newobj__ add_extension',
  copyreg: '__reduce_ex__',
  _codecs: 'decode lookup',
  codecs: 'decode',
  linecache: 'updatecache',
  'nltk.data': 'load',
  'nltk.tokenize.punkt': 'PunktBaseClass',
}

const short = (text: string) => `\x8c${String.fromCharCode(text.length)}${text}`
const u4 = (n: number) => `${String.fromCharCode(n & 255, (n >> 8) & 255)}\0\0`

const framed = (body: string) => `\x80\x04\x95${String.fromCharCode(body.length)}\0\0\0\0\0\0\0${body}`

/** The forms in which a pickle asks for a name and calls it. */
const FORMS: Readonly<Record<string, (module: string, name: string) => string>> = {
  'GLOBAL and REDUCE': (m, n) => `\x80\x02c${m}\n${n}\nU\x02id\x85R.`,
  'GLOBAL of protocol 0': (m, n) => `c${m}\n${n}\n(S'id'\ntR.`,
  'STACK_GLOBAL of texts': (m, n) => framed(`${short(m)}\x94${short(n)}\x94\x93\x94${short('id')}\x85R.`),
  'STACK_GLOBAL of the memo': (m, n) =>
    `\x80\x04${short(n)}\x94${short(m)}\x94\x30\x30h\x01h\0\x93${short('id')}\x85R.`,
  'STACK_GLOBAL of long texts': (m, n) => `\x80\x04X${u4(m.length)}${m}\x8d${u4(n.length)}\0\0\0\0${n}\x93)R.`,
  INST: (m, n) => `(S'id'\ni${m}\n${n}\n.`,
  OBJ: (m, n) => `\x80\x02(c${m}\n${n}\nU\x02ido.`,
  NEWOBJ: (m, n) => `\x80\x02c${m}\n${n}\nU\x02id\x85\x81.`,
  NEWOBJ_EX: (m, n) => `\x80\x04${short(m)}${short(n)}\x93${short('id')}\x85}\x92.`,
  'BUILD with a state': (m, n) => `\x80\x02c${m}\n${n}\n)R}U\x0c__setstate__c${m}\n${n}\nsb.`,
  'deep in a dict of options': (m, n) => `\x80\x02}(U\x03dimK\x05U\x01x](c${m}\n${n}\nU\x02id\x85Reu.`,
  'as an argument only': (m, n) => `\x80\x02ccollections\nOrderedDict\nc${m}\n${n}\n\x85R.`,
}

/** One case a name; the forms take turns, so that each meets many names. */
function names(): Malformed[] {
  const forms = Object.entries(FORMS)
  const facts: Record<string, Facts[string]> = {}
  let turn = 0
  for (const [module, list] of Object.entries(DANGEROUS))
    for (const name of list.split(' ')) {
      const [form, make] = forms[turn++ % forms.length] ?? ['', () => '']
      facts[`${module}.${name} by ${form}`] = [make(module, name), /no need of/]
    }
  return casesOf('pickle', facts)
}

/** Every form with the name that all know. */
const formsOfOne = casesOf(
  'pickle',
  Object.fromEntries(
    Object.entries(FORMS).map(([form, make]) => [
      `the best-known attack by ${form}`,
      [make('os', 'system'), /INST, which|"os\.system"/] as const,
    ]),
  ),
)

const EVIL = "cos\nsystem\n(S'touch PWNED'\ntR."
const GOOD = '\x80\x02}U\x03dimK\x05s.'
const npyOf = (pickle: string) => {
  const header = "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".padEnd(117)
  return joined('\x93NUMPY\x01\0', '\x76\0', `${header}\n`, pickle)
}

/** A stored archive of one member, its flags as given. */
function zipOf(name: string, content: Uint8Array, flags = 0, attributes = 0): Uint8Array {
  const shared = fields([
    [2, 20],
    [2, flags],
    [2, 0],
    [4, 0],
    [4, crc32(content)],
    [4, content.length],
    [4, content.length],
    [2, name.length],
    [2, 0],
  ])
  const local = joined('PK\x03\x04', shared, name, content)
  const listed = joined(
    'PK\x01\x02\x14\x03',
    shared,
    fields([
      [2, 0],
      [2, 0],
      [2, 0],
      [4, attributes],
      [4, 0],
    ]),
    name,
  )
  return joined(
    local,
    listed,
    'PK\x05\x06\0\0\0\0\x01\0\x01\0',
    fields([
      [4, listed.length],
      [4, local.length],
      [2, 0],
    ]),
  )
}

const hidden: Malformed[] = [
  ...casesOf('pickle', {
    'a name by extension code 1': ['\x80\x02\x82\x01)R.', /extension code/],
    'a name by extension code 2': ['\x80\x02\x83\x01\x01)R.', /extension code/],
    'a name by extension code 4': ['\x80\x02\x84\x01\0\0\x7f)R.', /extension code/],
    'a persistent id as text': ['\x80\x02}U\x01xPos.system\ns.', /PERSID, which/],
    'a persistent id from the stack': ['\x80\x02(U\x07storagecos\nsystem\ntQ.', /"os\.system"/],
    'a persistent id of plain values': ['\x80\x02U\x07storage\x85Q.', /BINPERSID, which/],
    'a buffer out of band': ['\x80\x05\x97.', /NEXT_BUFFER, which/],
    'a read-only buffer': ['\x80\x05\x96\x01\0\0\0\0\0\0\0x\x98.', /READONLY_BUFFER, which/],
    'a state with __setstate__ for an array': [
      "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\nK\0\x85U\x01btR(dS'__setstate__'\ncos\nsystem\nsb.",
      /no need of/,
    ],
    'a state that would change a class': [
      "ccollections\nOrderedDict\n)R(dS'__class__'\nS'os.system'\nsb.",
      /a state for something that can have none/,
    ],
    'a state of attributes for a dict': ['}}U\x01aK\x01sb.', /a state for something that can have none/],
    'a state for a name': ["cnumpy\ndtype\n(dS'type'\nI1\nsb.", /a state for something/],
    'an object of a type that is only named': ['\x80\x02c__builtin__\nobject\n)\x81.', /a class that is not allowed/],
    'a method of what is allowed': [
      '\x80\x04\x8c\x0bcollections\x8c\x14OrderedDict.__init__\x93.',
      /"collections\.OrderedDict\.__init__"/,
    ],
    'a dotted way from what is allowed': ['\x80\x04\x8c\x05numpy\x8c\x17ndarray.__class__.mro__\x93.', /no need of/],
    'a call of what a call gave': ['ccollections\nOrderedDict\n)R)R.', /may not be called/],
    'a call of a text': ["\x80\x02S'os.system'\n(S'id'\ntR.", /may not be called/],
    'a name that is bytes': ['\x80\x02U\x02osU\x06system\x93.', /a name that is no text/],
    'a name that is a number': ['\x80\x04K\x01K\x02\x93.', /a name that is no text/],
    'a name with white space around': ['\x80\x02cos \n system\n)R.', /"os . system"/],
    'a name with a null': ['cnumpy\0\ndtype\n)R.', /no need of/],
    'a name in full-width letters': ['\x80\x04\x8c\x06\xef\xbd\x8f\xef\xbd\x93\x8c\x06system\x93.', /no need of/],
    'a name that JavaScript knows': ['c__proto__\nconstructor\n)R.', /"__proto__\.constructor"/],
    'the constructor of everything': ['cconstructor\nconstructor\n)R.', /no need of/],
    'text that is encoded by another codec': [
      'c_codecs\nencode\n(X\x01\0\0\0aX\x03\0\0\0hextR.',
      /arguments of encode/,
    ],
    'a pickle within a pickle': [
      `\x80\x02cpickle\nloads\nU${String.fromCharCode(EVIL.length)}${EVIL}\x85R.`,
      /"pickle\.loads"/,
    ],
    'a hostile pickle in a string is a string': [`\x80\x02}U\x01xU${String.fromCharCode(EVIL.length)}${EVIL}s.`, READ],
    'a second pickle is not read': [`${GOOD}${EVIL}`, READ],
    'an attack before damage': [`${EVIL.slice(0, -1)}\xff`, /"os\.system"/],
    'an attack without an end': [EVIL.slice(0, -1), /ends in the middle/],
    'an attack behind a frame that lies': [
      `\x80\x04\x95\xff\xff\0\0\0\0\0\0${EVIL}`,
      /a length of 65535|"os\.system"|announced/,
    ],
    'an attack that is popped at once': [`${EVIL.slice(0, -1)}0N.`, /"os\.system"/],
    'an attack in a memo entry that no one fetches': ['\x80\x04cos\nsystem\n\x940N.', /"os\.system"/],
    'an attack after a mark that is dropped': ['\x80\x02(cos\nsystem\n1N.', /"os\.system"/],
    'a protocol that is to come': ['\x80\x06N.', /pickle protocol 6/],
    'a protocol in the middle': ['\x80\x02N0\x80\xff.', /pickle protocol 255/],
    'the magic number of PyTorch': ['\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.', /is a PyTorch file/],
    'the magic number of PyTorch, written otherwise': [
      '\x80\x02\x8b\x0a\0\0\0\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02cos\nsystem\n.',
      READ,
    ],
    'a function from code': [
      '\x80\x04\x8c\x05types\x8c\x0cFunctionType\x93\x8c\x07marshal\x8c\x05loads\x93C\x01x\x85R}\x86R.',
      /"types\.FunctionType"/,
    ],
  }),
  ...casesOf('object-npy', {
    'an attack in an object array': [npyOf(EVIL), /"os\.system"/],
    'an attack as an element': [npyOf(`(l${EVIL.slice(0, -1)}a.`), /"os\.system"/],
  }),
  ...casesOf('npz', {
    'an attack in an object array of an archive': [zipOf('W.npy', npyOf(EVIL)), /"os\.system"/],
    'an attack in an encrypted member': [zipOf('W.npy', npyOf(EVIL), 1), /is encrypted/],
    'an attack in a member with all flags': [zipOf('W.npy', npyOf(EVIL), 0xffff), /encrypted/],
    'an attack in a member that is a link': [
      zipOf('W.npy', npyOf(EVIL), 0, 0xa1ff0000),
      /"os\.system"|no file|has no array/,
    ],
    'an attack behind a name that leads away': [zipOf('../../../W.npy', npyOf(EVIL)), /"os\.system"/],
    'a pickle as a member': [zipOf('data.pkl', raw(EVIL)), /zip archive of other files \(data\.pkl\)/],
    'a PyTorch archive': [zipOf('archive/data.pkl', raw(EVIL)), /zip archive of other files/],
    'a Keras model': [zipOf('model.weights.h5', raw('x')), /a Keras model/],
  }),
]

/** All of them. */
export const attacks = (): Malformed[] => [...names(), ...formsOfOne, ...hidden]
