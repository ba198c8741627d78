"""A validator for each module of Python's standard library, and for each call below: it works, or fails
with advice.
"""
import importlib
import json
import os

import pyblish.api

# What later Pythons do not have, whatever the system.
GONE = set("""
    ast.Bytes ast.Ellipsis ast.NameConstant ast.Num ast.Str asyncio.AbstractChildWatcher asyncio.FastChildWatcher
    asyncio.MultiLoopChildWatcher asyncio.PidfdChildWatcher asyncio.SafeChildWatcher asyncio.ThreadedChildWatcher
    asyncio.get_child_watcher asyncio.set_child_watcher asyncio.events.AbstractEventLoopPolicy
    asyncio.events.BaseDefaultEventLoopPolicy asyncio.events.get_child_watcher asyncio.events.set_child_watcher
    asyncio.unix_events.AbstractChildWatcher asyncio.unix_events.BaseChildWatcher asyncio.unix_events.FastChildWatcher
    asyncio.unix_events.MultiLoopChildWatcher asyncio.unix_events.PidfdChildWatcher asyncio.unix_events.SafeChildWatcher
    asyncio.unix_events.ThreadedChildWatcher configparser.LegacyInterpolation configparser.SafeConfigParser
    importlib.find_loader importlib.abc.Finder importlib.abc.ResourceReader importlib.abc.Traversable
    importlib.abc.TraversableResources importlib.metadata.Deprecated importlib.metadata.DeprecatedList
    importlib.metadata.DeprecatedTuple importlib.metadata.SelectableGroups importlib.util.module_for_loader
    importlib.util.set_loader importlib.util.set_package locale.bind_textdomain_codeset locale.bindtextdomain locale.dcgettext
    locale.dgettext locale.format locale.gettext locale.resetlocale locale.textdomain pkgutil.ImpImporter pkgutil.ImpLoader
    pkgutil.find_loader pkgutil.get_loader re.template sqlite3.enable_shared_cache sqlite3.dbapi2.enable_shared_cache
    tokenize.StopTokenizing tokenize.main base64.test typing.io typing.re unittest.findTestCases unittest.getTestCaseNames unittest.makeSuite
    unittest.loader.findTestCases unittest.loader.getTestCaseNames unittest.loader.makeSuite urllib.request.FancyURLopener
    urllib.request.URLopener webbrowser.Galeon webbrowser.Grail webbrowser.Netscape unittest.load_tests zipfile.FastLookup
""".split())
# Only Python itself imports these, on one system.
INTERNAL = set("""
    asyncio.windows_events asyncio.windows_utils asyncio.unix_events asyncio.proactor_events encodings.mbcs encodings.oem
    multiprocessing.popen_fork multiprocessing.popen_forkserver multiprocessing.popen_spawn_posix
    multiprocessing.popen_spawn_win32 unittest.test ctypes.test json.tool
""".split())

CALLS = """
os.access('.', os.W_OK)
os.chdir('.')
os.chmod('made', 0o600)
os.chown('made', 0, 0)
os.confstr('CS_PATH')
os.cpu_count()
os.ctermid()
os.dup(0)
os.dup2(0, 9)
os.environb
os.fchmod(3, 0)
os.fwalk('.')
os.fsync(os.open('made', os.O_RDWR))
os.get_exec_path()
os.get_terminal_size()
os.getlogin()
os.getpid()
os.getppid()
os.getuid()
os.getxattr('made', 'user.x')
os.isatty(0)
os.kill(1, 0)
os.link('made', 'linked')
os.listdir('.')
os.lockf(3, os.F_LOCK, 0)
os.makedirs('a/b/c')
os.mkfifo('fifo')
os.mknod('node')
os.nice(1)
os.pipe()
os.popen('ls')
os.posix_fadvise(os.open('made', os.O_RDWR), 0, 0, os.POSIX_FADV_NORMAL)
os.pathconf('.', 'PC_NAME_MAX')
os.process_cpu_count()
os.putenv('A', 'b')
os.sched_yield()
os.sendfile(1, 0, 0, 1)
os.set_inheritable(0, True)
os.setsid()
os.spawnl(os.P_NOWAIT, 'ls')
os.startfile('made')
os.statvfs('.')
os.symlink('made', 'symlinked')
os.sync()
os.sysconf('SC_PAGE_SIZE')
os.system('ls')
os.times()
os.truncate('made', 1)
os.ttyname(0)
os.umask(0o22)
os.uname()
os.urandom(8)
os.utime('made', (1, 1))
os.wait()
shutil.chown('made', 'root')
shutil.copystat('made', 'other')
shutil.copytree('a', 'tree')
shutil.disk_usage('.')
shutil.get_terminal_size()
shutil.make_archive('made', 'zip', 'a')
shutil.make_archive('made', 'gztar', 'a')
shutil.make_archive('made', 'bztar', 'a')
shutil.make_archive('made', 'xztar', 'a')
shutil.move('other', 'moved')
shutil.which('ls')
tempfile.mkdtemp()
tempfile.NamedTemporaryFile().write(b'x')
tempfile.TemporaryFile().write(b'x')
tempfile.TemporaryDirectory().cleanup()
tempfile.SpooledTemporaryFile(max_size=1).write(b'xx')
pathlib.Path.home()
pathlib.Path('made').owner()
pathlib.Path('made').group()
pathlib.Path('~/x').expanduser()
pathlib.Path('made').touch()
getpass.getuser()
getpass.getpass()
platform.node()
platform.platform()
platform.libc_ver()
platform.freedesktop_os_release()
socket.gethostname()
socket.getfqdn()
socket.gethostbyname('localhost')
socket.getaddrinfo('localhost', 80)
socket.socketpair()
socket.create_server(('127.0.0.1', 0))
socket.getservbyname('http')
socket.if_nameindex()
signal.signal(signal.SIGINT, signal.SIG_DFL)
signal.alarm(1)
signal.setitimer(signal.ITIMER_REAL, 1)
signal.strsignal(2)
select.select([], [], [], 0)
select.poll()
select.epoll()
selectors.DefaultSelector()
time.sleep(0)
time.tzset()
time.get_clock_info('monotonic')
time.localtime()
time.process_time()
time.thread_time()
time.clock_gettime(time.CLOCK_MONOTONIC)
zoneinfo.ZoneInfo('Europe/Berlin')
locale.setlocale(locale.LC_ALL, '')
locale.setlocale(locale.LC_ALL, 'de_DE.UTF-8')
locale.getpreferredencoding()
threading.get_native_id()
threading.Lock().acquire()
threading.Thread(target=print).start()
multiprocessing.cpu_count()
multiprocessing.Pool(1)
multiprocessing.Value('i')
multiprocessing.Process(target=print).start()
concurrent.futures.ProcessPoolExecutor(1).submit(print)
concurrent.futures.ThreadPoolExecutor(1).submit(print)
subprocess.run(['ls'])
subprocess.getoutput('ls')
asyncio.run(asyncio.sleep(0))
asyncio.new_event_loop()
sqlite3.connect('data.db').execute('create table t (x)')
sqlite3.connect('/tmp/data.db').execute('create table t (x)')
dbm.open('data', 'c')
dbm.dumb.open('dumb', 'c')
shelve.open('shelf')
zipfile.ZipFile('x.zip', 'w', zipfile.ZIP_BZIP2).writestr('a', 'b')
tarfile.open('x.tar.xz', 'w:xz')
gzip.open('x.gz', 'w').write(b'x')
hashlib.new('sha256')
hashlib.new('ripemd160')
hashlib.pbkdf2_hmac('sha256', b'', b'', 1)
hashlib.file_digest(open('made', 'rb'), 'md5')
uuid.uuid1()
uuid.getnode()
random.SystemRandom().random()
secrets.token_hex()
logging.handlers.RotatingFileHandler('x.log').close()
logging.handlers.SysLogHandler()
logging.handlers.SocketHandler('127.0.0.1', 1).createSocket()
urllib.request.urlopen('http://127.0.0.1')
urllib.request.urlopen('https://127.0.0.1')
http.server.HTTPServer(('127.0.0.1', 0), None)
http.client.HTTPConnection('127.0.0.1').connect()
smtplib.SMTP('127.0.0.1')
ftplib.FTP('127.0.0.1')
webbrowser.open('http://127.0.0.1')
faulthandler.enable()
tracemalloc.start() or tracemalloc.stop()
cProfile.Profile().run('1')
gc.collect()
sys.getwindowsversion()
sys.setrecursionlimit(1000)
sysconfig.get_paths()
site.getsitepackages()
importlib.metadata.version('pyblish-base')
importlib.resources.files('json')
inspect.getsource(json.dumps)
linecache.getline(json.__file__, 1)
pydoc.render_doc(json)
runpy.run_path('script.py')
py_compile.compile('script.py')
compileall.compile_file('script.py', quiet=1)
zipapp.create_archive('a', 'x.pyz', main='m:f')
code.interact()
pdb.set_trace()
input()
mimetypes.guess_type('x.png')
xml.dom.minidom.parseString('<a/>')
ssl.create_default_context()
ctypes.CDLL(None)
mmap.mmap(-1, 1)
pwd.getpwuid(0)
curses.initscr()
""".strip().split("\n")


class CollectFolder(pyblish.api.ContextPlugin):
    order = pyblish.api.CollectorOrder

    def process(self, context):
        os.makedirs("calls", exist_ok=True)
        os.chdir("calls")
        for name in ("made", "other"):
            with open(name, "w") as file:
                file.write("text")
        with open("script.py", "w") as file:
            file.write("x = 1\n")


def module(name, names):
    def process(self, context):
        found, silent = importlib.import_module(name), []
        for key in names:
            if "%s.%s" % (name, key) not in GONE:
                try:
                    getattr(found, key)
                except AttributeError as error:
                    if "sandbox" not in str(error):
                        silent.append(key)
        assert not silent, "without advice: %s" % " ".join(silent)

    return process


def call(source):
    def process(self, context):
        names = {}
        for word in source.replace("(", " ").replace(",", " ").replace("=", " ").split():
            top = word.split(".")[0]
            if "." in word and top.isidentifier():
                parts = word.split(".")
                for end in range(1, len(parts)):
                    try:
                        importlib.import_module(".".join(parts[:end]))
                    except ModuleNotFoundError as error:
                        if error.name != ".".join(parts[:end]) or end == 1:
                            raise
                        break
                names[top] = importlib.import_module(top)
        names["json"] = json
        eval(compile(source, __file__, "eval"), names)

    return process


def validator(name, process):
    made = type(name, (pyblish.api.ContextPlugin,), {"order": pyblish.api.ValidatorOrder, "process": process})
    made.__module__ = __name__
    globals()[name] = made


with open("/work/names.json") as _file:
    for _name, _names in sorted(json.load(_file).items()):
        if _name not in INTERNAL:
            validator("Module_" + _name.replace(".", "_"), module(_name, _names))
for _number, _source in enumerate(CALLS):
    validator("Call_%03d" % _number, call(_source))
