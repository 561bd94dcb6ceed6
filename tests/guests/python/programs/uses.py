"""GET /: what a handler may do with the library, one line each, and what came of it."""

import ast
import importlib
import io
import re
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

#: By module, expressions. A name in them that is a module's is imported when the expression is evaluated. What depends on the
#: time, the machine or on chance is asked for in a way that does not.
USES = """
self print(self.headers)
self str(self.headers).partition("\\n")[2]
self self.headers.as_bytes().partition(b"\\n")[2]
self self.headers.get_content_type(), self.headers.get_content_charset(), self.headers.get_all("Accept")
self self.headers.items() == self.headers._headers, "accept" in self.headers, dict(self.headers)["Accept"]
abc issubclass(list, collections.abc.Sequence), abc.ABC.__mro__[0].__name__
aifc importlib.util.find_spec("no_such_module")
argparse argparse.ArgumentParser(prog="p").parse_args([])
argparse argparse.ArgumentParser(prog="p", add_help=False).format_usage()
array array.array("i", [1, 2]).tobytes()
ast ast.literal_eval("{'a': [1, 2.5, None]}"), ast.unparse(ast.parse("x = 1+2"))
asyncio asyncio.run(asyncio.sleep(0, 5))
asyncio asyncio.run(asyncio.wait_for(asyncio.sleep(0, 6), 5))
asyncio asyncio.run((lambda: asyncio.gather(asyncio.sleep(0.01, 1), asyncio.sleep(0, 2)))()) if 0 else asyncio.new_event_loop().run_until_complete(asyncio.sleep(0, 7))
asyncio asyncio.run(asyncio.to_thread(pow, 2, 5))
asyncio asyncio.run(asyncio.Queue(3).join())
atexit atexit.register(len, []) is len
base64 base64.b64encode(b"\\xff\\xfe"), base64.urlsafe_b64encode(b"\\xff\\xfe"), base64.b32encode(b"x"), base64.b85encode(b"x"), base64.a85encode(b"x"), base64.b16encode(b"x")
base64 base64.b64decode("YWRtaW46YWRtaW4=").decode().partition(":")
binascii binascii.hexlify(b"ab", "-"), binascii.crc32(b"x"), binascii.crc_hqx(b"x", 0), binascii.a2b_base64("eA==")
bisect bisect.bisect([1, 2, 3], 2)
builtins builtins.__import__("colorsys").rgb_to_hls(1, 1, 1)
bz2 bz2.BZ2File.__name__
calendar calendar.month(2026, 1), calendar.timegm((2026, 1, 1, 0, 0, 0))
calendar calendar.HTMLCalendar().formatmonth(2026, 1)[:60]
cmath cmath.sqrt(-1)
cmd cmd.Cmd.prompt
code code.InteractiveInterpreter({}).runsource("x = 1")
codecs codecs.lookup("utf-8").name, codecs.encode("abc", "rot13"), codecs.encode(b"abc", "hex"), codecs.decode("\\\\u20ac", "unicode_escape")
codecs [codecs.encode(b"abc", name) for name in ("base64", "zlib", "quopri", "uu")]
codecs [codecs.decode(codecs.encode("abc", name), name) for name in "ascii latin-1 utf-8-sig utf-16 utf-16-le utf-32 cp1252 cp1251 cp437 cp850 iso-8859-2 iso-8859-15 koi8-r mac-roman".split()]
codecs [codecs.decode(codecs.encode("abc", name), name) for name in "gbk gb2312 gb18030 big5 shift_jis euc-jp euc-kr iso-2022-jp hz johab cp949 punycode utf-7 idna".split()]
codecs "日本".encode("shift_jis"), "中文".encode("gbk"), "한글".encode("euc-kr"), "Привет".encode("koi8-r")
codecs "bücher.de".encode("idna"), "€".encode("ascii", "xmlcharrefreplace"), "€".encode("ascii", "namereplace"), b"\\xff".decode("utf-8", "surrogateescape").encode("utf-8", "surrogateescape")
codecs codecs.getreader("utf-8")(io.BytesIO("é".encode())).read(), list(codecs.iterdecode([b"\\xc3", b"\\xa9"], "utf-8"))
codeop codeop.compile_command("x = 1") is not None
collections collections.Counter("abca").most_common(1), list(collections.OrderedDict(a=1)), collections.defaultdict(list), collections.deque([1], 2), collections.ChainMap({}, {"a": 1})["a"], collections.namedtuple("P", "x y")(1, 2)
colorsys colorsys.hsv_to_rgb(0.5, 0.5, 0.5)
compileall compileall.compile_file.__name__
concurrent.futures concurrent.futures.ThreadPoolExecutor(2).submit(int, "3").result()
concurrent.futures list(concurrent.futures.ThreadPoolExecutor(4).map(abs, [-1, -2]))
concurrent.futures [f.result() for f in concurrent.futures.as_completed([concurrent.futures.ThreadPoolExecutor(1).submit(len, "abc")])]
configparser (lambda c: (c.read_string("[a]\\nb = 1\\n"), c.getint("a", "b"), c.sections()))(configparser.ConfigParser())
contextlib contextlib.suppress(KeyError).__enter__(), contextlib.closing(io.StringIO()).__exit__(None, None, None), contextlib.ExitStack().pop_all() is not None, contextlib.nullcontext(3).__enter__()
contextvars contextvars.ContextVar("v", default=4).get(), contextvars.copy_context().run(int, "5")
copy copy.deepcopy({"a": [1]}), copy.copy([1])
copyreg copyreg.dispatch_table is not None
cProfile cProfile.Profile().runcall(pow, 2, 3)
csv list(csv.DictReader(["a,b", "1,2"])), csv.Sniffer().sniff("a;b\\n1;2\\n").delimiter
csv (lambda f: (csv.writer(f).writerow(["a b", 'c"d', 1]), f.getvalue()))(io.StringIO())
ctypes ctypes.__name__
dataclasses dataclasses.asdict(dataclasses.make_dataclass("D", [("a", int)])(1))
datetime datetime.datetime.strptime("2026-01-02", "%Y-%m-%d"), datetime.datetime.fromisoformat("2026-01-02T03:04:05+01:00"), datetime.timedelta(days=1.5)
datetime datetime.datetime(2026, 1, 2, tzinfo=datetime.timezone.utc).strftime("%A %d %B %Y %j %U %I %p %Z"), datetime.datetime.fromtimestamp(0, datetime.timezone.utc).isoformat()
datetime datetime.datetime.fromtimestamp(0).isoformat()[:3], datetime.datetime.now().astimezone().tzinfo is not None
dbm (lambda d: (d.__setitem__("k", "v"), d["k"], d.close()))(dbm.open(tempfile.mkdtemp() + "/d", "c"))
dbm.dumb (lambda d: (d.__setitem__("k", "v"), d["k"], d.close()))(dbm.dumb.open(tempfile.mkdtemp() + "/d", "c"))
decimal decimal.Decimal(1) / 3, decimal.Decimal("1.10").quantize(decimal.Decimal("0.1")), decimal.getcontext().prec
difflib list(difflib.unified_diff(["a"], ["b"], lineterm="")), difflib.get_close_matches("appel", ["ape", "apple"]), difflib.SequenceMatcher(None, "ab", "ac").ratio()
difflib difflib.HtmlDiff().make_table(["a"], ["b"])[:30]
dis dis.Bytecode("1").codeobj.co_name
doctest doctest.testmod.__name__
email email.message_from_string("A: b\\n\\nc").get_payload(), email.message_from_bytes(b"Subject: =?utf-8?q?=C3=A9?=\\n\\nx", policy=email.policy.default)["subject"]
email.message (lambda m: (m.set_content("é"), m.add_alternative("<p>", subtype="html"), m.is_multipart(), m.get_body().get_content()))(email.message.EmailMessage())
email.mime email.mime.text.MIMEText("x€", "plain", "utf-8").as_string(), email.mime.multipart.MIMEMultipart(boundary="b").as_bytes()
email.mime email.mime.image.MIMEImage(b"x", "png").get_content_type(), email.mime.application.MIMEApplication(b"x").as_string()
email.parser email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(b"Content-Disposition: form-data; name=\\"f\\"; filename=\\"a.txt\\"\\r\\n\\r\\nx")["content-disposition"].params["filename"]
email.utils email.utils.parsedate_to_datetime("Sun, 06 Nov 1994 08:49:37 GMT"), email.utils.formatdate(0, usegmt=True), email.utils.parseaddr("A <a@b>"), email.utils.make_msgid()[:1]
email.header str(email.header.make_header(email.header.decode_header("=?utf-8?b?w6k=?="))), email.header.Header("é").encode()
encodings encodings.normalize_encoding("UTF 8"), encodings.aliases.aliases["latin1"]
enum enum.Enum("E", "A B").B.value, enum.Flag("F", "A B").A.name, enum.IntEnum("I", "X").X + 1
errno errno.errorcode[errno.ENOENT], errno.EPIPE != errno.ECONNRESET
faulthandler faulthandler.is_enabled()
fcntl fcntl.__name__
filecmp (lambda p: (open(p, "w").close(), filecmp.cmp(p, p)))(tempfile.mkdtemp() + "/f")
fileinput list(fileinput.input(files=[tempfile.mkstemp()[1]]))
fnmatch fnmatch.filter(["a.py", "b.txt"], "*.py"), fnmatch.translate("*.py")[:3]
fractions fractions.Fraction("0.25"), fractions.Fraction(1, 3) + 1
ftplib ftplib.FTP().host
functools functools.lru_cache(len)("ab"), functools.reduce(max, [1, 3, 2]), functools.singledispatch(lambda a: 1)(2), functools.partial(int, base=2)("11"), functools.cmp_to_key(lambda a, b: 0) is not None
gc gc.isenabled(), gc.collect() >= 0
getopt getopt.getopt(["-a", "1", "x"], "a:")
getpass isinstance(getpass.getuser(), str)
gettext gettext.gettext("hello"), gettext.translation("x", fallback=True).gettext("a")
glob glob.glob("no such *"), glob.escape("[a]"), sorted(glob.iglob("/no*such*"))
graphlib list(graphlib.TopologicalSorter({"b": {"a"}}).static_order())
gzip gzip.decompress(gzip.compress(b"x" * 100)), gzip.compress(b"x", mtime=0)[:2], gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(b"y"))).read()
hashlib [hashlib.new(name, b"x").hexdigest() for name in ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_224", "sha3_256", "sha3_384", "sha3_512")]
hashlib hashlib.shake_128(b"x").hexdigest(8), hashlib.blake2b(b"x", key=b"k", digest_size=8, salt=b"s").hexdigest(), hashlib.sha256(b"x", usedforsecurity=False).name
hashlib hashlib.pbkdf2_hmac("sha256", b"p", b"s", 1000).hex(), hashlib.scrypt(b"p", salt=b"s", n=16, r=8, p=1).hex()
hashlib hashlib.file_digest(io.BytesIO(b"x"), "sha256").hexdigest(), hashlib.md5(b"a").copy().digest_size, "sha256" in hashlib.algorithms_available
hashlib hashlib.new("sm3", b"x").hexdigest()
heapq heapq.nlargest(2, [1, 3, 2]), list(heapq.merge([1], [2]))
hmac hmac.new(b"k", b"m", "sha256").hexdigest(), hmac.compare_digest("a", "a"), hmac.digest(b"k", b"m", "sha1").hex()
html html.escape("<a b='c'>"), html.unescape("&eacute;&#x20;&notit;")
html.parser html.parser.HTMLParser().feed("<a href='b'>c</a>"), html.entities.name2codepoint["euro"]
http http.HTTPStatus(404).phrase, http.HTTPStatus.OK.is_success if sys.version_info >= (3, 12) else True, http.HTTPMethod.GET.value
http.client http.client.responses[404], http.client.parse_headers(io.BytesIO(b"A: b\\r\\n\\r\\n"))["a"]
http.client http.client.HTTPConnection("127.0.0.1", 1, timeout=2).host
http.cookiejar len(http.cookiejar.CookieJar()), http.cookiejar.MozillaCookieJar().filename
http.cookies http.cookies.SimpleCookie("a=b; c=d")["a"].value, (lambda c: (c.__setitem__("a", "b c"), c["a"].__setitem__("path", "/"), c["a"].__setitem__("httponly", True), c["a"].__setitem__("samesite", "Lax"), c.output()))(http.cookies.SimpleCookie())
imaplib imaplib.Time2Internaldate((2026, 1, 1, 0, 0, 0, 0, 1, 0))[1:12]
importlib importlib.import_module("cmd").__name__, importlib.util.find_spec("json").name, importlib.reload(importlib.import_module("this_is_no_module".replace("this_is_no_module", "colorsys"))).__name__
importlib.metadata len(list(importlib.metadata.entry_points(group="no such"))), importlib.metadata.PackageNotFoundError.__name__
importlib.resources importlib.resources.files.__name__
inspect str(inspect.signature(lambda a, *, b=1: 0)), inspect.getsource(Handler)[:14], inspect.getmodule(Handler).__name__, inspect.getdoc(len)[:6]
inspect inspect.currentframe().f_code.co_name, inspect.isclass(Handler), inspect.stack()[0].function
io io.TextIOWrapper(io.BytesIO(b"a\\r\\nb"), newline=None).read(), io.BufferedReader(io.BytesIO(b"x")).peek(), io.StringIO("a").readline()
ipaddress ipaddress.ip_address("192.168.0.1").is_private, ipaddress.ip_network("10.0.0.0/30").num_addresses, ipaddress.ip_address("::1").exploded
itertools list(itertools.islice(itertools.count(), 2)), list(itertools.batched("abc", 2)) if sys.version_info >= (3, 12) else [("a", "b"), ("c",)], list(itertools.permutations("ab")), list(itertools.pairwise("abc"))
json json.dumps({"a": [1, 2.5, None, True, "é"]}), json.loads('{"a": 1e3}'), json.dumps({"b": 1, "a": 2}, indent=2, sort_keys=True, ensure_ascii=False), json.loads("NaN") != 0
json json.JSONDecoder().raw_decode("1 x"), json.JSONEncoder(default=str).encode(decimal.Decimal(1)), list(json.JSONEncoder().iterencode([1]))
keyword keyword.iskeyword("if"), len(keyword.softkwlist) > 1
linecache linecache.getline(__file__, 1)[:9], inspect.getsource(shlex.split)[:9]
locale locale.setlocale(locale.LC_ALL, "C"), locale.format_string("%d", 1234567, grouping=True), isinstance(locale.getpreferredencoding(False), str), locale.localeconv()["decimal_point"]
locale isinstance(locale.setlocale(locale.LC_ALL, ""), str), locale.getlocale()[1] or "UTF-8", locale.strxfrm("a") and locale.str(1.5)
logging logging.getLogger("x").isEnabledFor(10), logging.getLevelName(30), logging.Formatter("%(message)s").format(logging.makeLogRecord({"msg": "m"}))
logging logging.exception("said"), logging.info("not said"), logging.getLogger("a.b").warning("said")
logging.config logging.config.dictConfig({"version": 1, "disable_existing_loggers": False, "handlers": {"c": {"class": "logging.StreamHandler"}}, "root": {"handlers": ["c"]}})
logging.handlers logging.handlers.MemoryHandler(10).capacity, logging.handlers.RotatingFileHandler(tempfile.mkdtemp() + "/l", maxBytes=10).close(), logging.handlers.QueueHandler(queue.Queue()).level
lzma lzma.LZMAError.__name__
mailbox len(mailbox.mbox(tempfile.mkdtemp() + "/m"))
marshal marshal.loads(marshal.dumps([1, "a"]))
math math.isqrt(10), math.dist((0, 0), (3, 4)), math.comb(5, 2), math.prod([2, 3]), math.nextafter(1, 2)
mimetypes mimetypes.guess_type("a.html"), mimetypes.guess_type("a.tar.gz"), mimetypes.guess_extension("text/html"), mimetypes.guess_type("a.js"), mimetypes.guess_type("a.json"), mimetypes.guess_type("a.svg"), mimetypes.guess_type("a.mp4"), mimetypes.guess_type("a.unknown")
mimetypes mimetypes.add_type("x/y", ".xy"), mimetypes.guess_type("a.xy"), mimetypes.init(), mimetypes.MimeTypes().guess_type("a.css")
mmap mmap.__name__
modulefinder modulefinder.ModuleFinder().modules
multiprocessing multiprocessing.current_process().name, multiprocessing.cpu_count() > 0, multiprocessing.Lock() is not None
multiprocessing multiprocessing.Queue().empty(), multiprocessing.Value("i", 3).value
multiprocessing multiprocessing.pool.ThreadPool(2).map(abs, [-1, 2])
netrc netrc.netrc(tempfile.mkstemp()[1]).hosts
ntpath ntpath.join("a", "b"), ntpath.splitdrive("c:/x")
nturl2path importlib.import_module("nturl2path").url2pathname("/a") if sys.version_info < (3, 14) else "\\\\a"
numbers isinstance(1, numbers.Integral)
opcode opcode.opname[0] is not None
operator operator.itemgetter("a")({"a": 1}), operator.attrgetter("real")(2), operator.methodcaller("upper")("a")
optparse optparse.OptionParser(prog="p").parse_args([])[1]
os os.path.join("a", "b"), os.path.splitext("a.tar.gz"), os.path.normpath("a/../b"), os.path.basename("/a/b"), os.path.commonpath(["/a/b", "/a/c"])
os os.environ.get("NO_SUCH"), os.getenv("NO_SUCH", "d"), os.sep, os.linesep, os.name, os.devnull, os.curdir
os isinstance(os.getpid(), int), os.cpu_count() > 0, isinstance(os.getcwd(), str), len(os.urandom(4)), os.path.exists("/no/such"), os.access(__file__, os.R_OK)
os isinstance(os.getlogin() if 0 else os.path.expanduser("~"), str), os.fspath("a"), os.path.isfile(__file__), os.stat(__file__).st_size > 0
os (lambda d: (os.makedirs(d + "/a/b"), os.listdir(d), next(os.walk(d))[1], os.rename(d + "/a", d + "/c"), [e.name for e in os.scandir(d)], os.rmdir(d + "/c/b"), os.removedirs(d + "/c")))(tempfile.mkdtemp())[1:3]
os (lambda p: (open(p, "w").write("ab"), os.path.getsize(p), os.truncate(p, 1), os.utime(p, (1, 1)), os.path.getmtime(p), os.chmod(p, 0o600), os.replace(p, p + "2"), os.unlink(p + "2")))(tempfile.mkdtemp() + "/f")
os (lambda p: (os.write(p[0], b"abc"), os.lseek(p[0], 1, 0), os.read(p[0], 5), os.fsync(p[0]), os.fstat(p[0]).st_size, os.close(p[0])))(tempfile.mkstemp())
os os.strerror(errno.ENOENT), os.umask(0o22) >= 0, os.times().user >= 0, isinstance(os.uname().sysname, str), isinstance(os.getuid(), int)
os isinstance(os.getloadavg(), tuple)
os isinstance(os.sched_getaffinity(0), set), os.getppid() >= 0, isinstance(os.ctermid() if 0 else "", str), os.isatty(0)
pathlib pathlib.Path("a/b.txt").suffix, pathlib.PurePosixPath("/a").joinpath("b"), pathlib.Path(__file__).exists(), pathlib.Path("/no such").is_dir(), pathlib.Path(__file__).read_text()[:9], pathlib.Path("x").resolve().name
pathlib (lambda p: (p.mkdir(), (p / "f").write_text("é"), (p / "f").read_bytes(), sorted(q.name for q in p.glob("*")), (p / "f").stat().st_size, (p / "f").rename(p / "g").name, (p / "g").unlink(), p.rmdir()))(pathlib.Path(tempfile.mkdtemp()) / "d")
pdb pdb.Pdb.__name__
pickle pickle.loads(pickle.dumps({"a": decimal.Decimal(1)})), pickle.loads(pickle.dumps(datetime.date(2026, 1, 1)))
pickletools pickletools.dis.__name__
pkgutil len(list(pkgutil.iter_modules(email.__path__))) > 5, pkgutil.get_data("email", "__init__.py")[:3]
platform isinstance(platform.platform(), str), isinstance(platform.node(), str), platform.python_implementation(), isinstance(platform.uname().machine, str), platform.python_version_tuple()[0]
plistlib plistlib.loads(plistlib.dumps({"a": 1, "b": [True]})), plistlib.loads(plistlib.dumps({"a": 1}, fmt=plistlib.FMT_BINARY))
poplib poplib.POP3_PORT
posixpath posixpath.relpath("/a/b", "/a/c"), posixpath.expandvars("$NO_SUCH")
pprint pprint.pformat({"a": [1] * 40, "b": "x"})[:20]
profile profile.Profile.__name__
pstats pstats.SortKey.TIME.value
pty pty.__name__
pwd pwd.getpwuid(os.getuid()).pw_uid == os.getuid()
py_compile py_compile.PyCompileError.__name__
pyclbr sorted(pyclbr.readmodule("cmd"))
pydoc pydoc.plain(pydoc.render_doc(len))[:30]
queue (lambda q: (q.put(1), q.get(timeout=1), q.empty()))(queue.Queue()), (lambda q: (q.put((2, "b")), q.put((1, "a")), q.get()))(queue.PriorityQueue()), queue.SimpleQueue().qsize()
queue isinstance(_raised(lambda: queue.Queue().get(timeout=0.01)), queue.Empty)
quopri quopri.encodestring(b"a=b\\xe9")
random random.seed(1) or [random.random(), random.randint(1, 9), random.choice("abc"), random.sample(range(9), 3), random.gauss(0, 1), random.choices("ab", k=2)]
random len(random.SystemRandom().sample(range(9), 3)), random.Random("x").random(), random.randbytes(2) is not None
re re.sub(r"(?P<a>\\w+)", r"<\\g<a>>", "a b"), re.findall(r"\\bé\\w*", "élan été"), re.split("[,;]", "a,b;c"), re.compile("x", re.I | re.X).flags & re.I, re.fullmatch("a+", "aaa").span()
readline readline.__name__
reprlib reprlib.repr("x" * 99)
resource resource.getrusage(resource.RUSAGE_SELF).ru_utime >= 0, len(resource.getrlimit(resource.RLIMIT_NOFILE))
rlcompleter rlcompleter.Completer({"Handler": 1}).complete("Handl", 0)
runpy sorted(runpy.run_path(__file__, run_name="other"))[-1] is not None
sched (lambda s: (s.enter(0, 1, len, ("a",)), s.run()))(sched.scheduler())[1]
secrets len(secrets.token_urlsafe(8)), len(secrets.token_hex(4)), secrets.compare_digest("a", "a"), secrets.choice("a"), secrets.randbelow(1)
select select.select([], [], [], 0.01)
selectors selectors.DefaultSelector().get_map() is not None
shelve (lambda s: (s.__setitem__("a", [1]), s["a"], s.close()))(shelve.open(tempfile.mkdtemp() + "/s"))
shlex shlex.split("a 'b c'"), shlex.quote("a b"), shlex.join(["a b"])
shutil (lambda d: (open(d + "/a", "w").write("x"), shutil.copyfile(d + "/a", d + "/b")[-1], shutil.copy2(d + "/a", d + "/c")[-1], shutil.move(d + "/b", d + "/e")[-1], shutil.copytree(d, d + "-2") is not None, shutil.rmtree(d), os.path.exists(d)))(tempfile.mkdtemp())
shutil shutil.disk_usage("/").total >= 0
shutil shutil.which("no-such-program"), shutil.get_terminal_size().columns > 0, shutil.copyfileobj(io.BytesIO(b"x"), io.BytesIO())
shutil (lambda d: (open(d + "/a", "w").close(), shutil.make_archive(d + "/z", "zip", d)[-4:], shutil.unpack_archive(d + "/z.zip", d + "/out"), os.listdir(d + "/out")))(tempfile.mkdtemp())[1]
signal signal.getsignal(signal.SIGINT) is not None, signal.SIGTERM.name, signal.strsignal(15)
site isinstance(site.getsitepackages(), list)
smtplib smtplib.SMTP_PORT, smtplib.SMTPException.__name__
socket socket.inet_aton("1.2.3.4"), socket.htons(1), socket.inet_ntop(socket.AF_INET, b"\\x01\\x02\\x03\\x04"), socket.AF_INET.name, isinstance(socket.gethostname(), str)
socket socket.gethostbyname("localhost"), socket.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)[0][4]
socketserver socketserver.ThreadingMixIn.daemon_threads
sqlite3 sqlite3.connect(":memory:").execute("select 1, ?, upper('é')", ("x",)).fetchall(), sqlite3.threadsafety >= 0, sqlite3.Row.__name__
sqlite3 (lambda d: (d.execute("create table t(a integer primary key, b)"), d.executemany("insert into t(b) values (?)", [("x",), ("y",)]).rowcount, d.commit(), d.execute("select max(a), group_concat(b) from t").fetchone(), d.close()))(sqlite3.connect(tempfile.mkdtemp() + "/d.db"))[1:4]
sqlite3 sqlite3.connect(":memory:").execute("select json_extract('{\\"a\\": 3}', '$.a'), date('2026-01-02', '+1 day')").fetchone(), list(sqlite3.connect(":memory:").iterdump())
sre_constants importlib.import_module("re._constants").MAXREPEAT > 1
ssl ssl.create_default_context().check_hostname, ssl.CERT_REQUIRED == ssl.create_default_context().verify_mode, ssl.SSLError.__mro__[1].__name__
stat stat.filemode(0o100644), stat.S_ISDIR(os.stat("/").st_mode)
statistics statistics.mean([1, 2]), statistics.stdev([1, 2, 3]), statistics.quantiles([1, 2, 3]), statistics.NormalDist(0, 1).cdf(0), statistics.mode("aab")
string string.Template("$a").safe_substitute(a=1), string.ascii_letters[:3], string.Formatter().format("{0!r:>5}", "a"), string.capwords("a b")
stringprep stringprep.in_table_a1("a")
struct struct.pack("!HI", 1, 2), struct.unpack("<d", struct.pack("<d", 1.5)), struct.calcsize("q")
subprocess type(_raised(lambda: subprocess.run(["no-such-program"]))).__name__, subprocess.DEVNULL, subprocess.list2cmdline(["a b"])
symtable symtable.symtable("x = 1", "f", "exec").get_name()
sys sys.version_info >= (3, 11), sys.maxsize > 2**30, sys.byteorder, isinstance(sys.argv, list), sys.getsizeof("") > 0, sys.getrecursionlimit() > 0, sys.stdout.write("") , sys.stderr.flush(), sys.intern("a"), sys.getdefaultencoding(), sys.flags.optimize
sys sys.stdout.encoding.lower(), sys.stdin.read(1), sys.exc_info(), sys.stdout.isatty(), sys.getfilesystemencoding(), sys.executable is not None
sysconfig isinstance(sysconfig.get_paths()["stdlib"], str), isinstance(sysconfig.get_platform(), str)
tarfile (lambda b: (lambda t: (t.addfile(tarfile.TarInfo("a")), t.close(), tarfile.open(fileobj=io.BytesIO(b.getvalue())).getnames()))(tarfile.open(fileobj=b, mode="w:gz")))(io.BytesIO())
tempfile (lambda f: (f.write(b"x"), f.seek(0), f.read()))(tempfile.TemporaryFile()), tempfile.TemporaryDirectory(prefix="p").name.startswith(tempfile.gettempdir()), tempfile.SpooledTemporaryFile().write(b"ab"), os.path.exists(tempfile.NamedTemporaryFile().name)
textwrap textwrap.dedent("  a\\n  b"), textwrap.fill("a b c", 3), textwrap.shorten("hello world", 8)
threading (lambda r: (lambda t: (t.start(), t.join(), r))(threading.Thread(target=r.append, args=(1,))))([])[2]
threading threading.Event().wait(0.01), threading.current_thread().name is not None, threading.active_count() > 0, threading.Lock().acquire(timeout=1), threading.RLock().__enter__(), threading.Semaphore(1).acquire(), threading.local() is not None
threading threading.Timer(60, len).interval, threading.Barrier(1).wait(), (lambda c: (c.acquire(), c.wait(0.01), c.release()))(threading.Condition()), threading.get_ident() > 0, threading.enumerate() != []
time time.strftime("%Y", time.gmtime(0)), time.strptime("1 Jan 2026", "%d %b %Y").tm_yday, time.mktime(time.localtime(86400)), time.ctime(0)[:3] is not None, time.perf_counter() > 0, time.sleep(0.001), time.monotonic_ns() > 0, len(time.tzname)
time time.process_time() >= 0, time.thread_time() >= 0, time.get_clock_info("time").adjustable is not None, time.asctime(time.gmtime(0))
timeit timeit.timeit("1", number=1) >= 0
token token.tok_name[token.NAME]
tokenize [t.string for t in tokenize.generate_tokens(io.StringIO("a = 1").readline)][:3]
tomllib tomllib.loads("a = 1\\n[b]\\nc = 2026-01-01")
trace trace.Trace.__name__
traceback traceback.format_exc(), traceback.format_exception_only(ValueError("x")), len(traceback.format_stack()) > 0, traceback.TracebackException.from_exception(ValueError("x")).exc_type.__name__ if sys.version_info < (3, 13) else "ValueError"
tracemalloc tracemalloc.is_tracing()
tty tty.__name__
types types.SimpleNamespace(a=1), types.MappingProxyType({"a": 1})["a"], types.new_class("C").__name__
typing typing.get_type_hints(_raised), typing.get_args(typing.Optional[int]), typing.get_args(typing.Literal["a", 1]), typing.NamedTuple("P", [("x", int)])(1)
unicodedata unicodedata.name("€"), unicodedata.normalize("NFD", "é"), unicodedata.category("a"), unicodedata.lookup("EURO SIGN"), "\\N{SNOWMAN}"
unittest unittest.TestCase().assertEqual(1, 1), unittest.mock.Mock(return_value=3)()
urllib.parse urllib.parse.parse_qs("a=1&a=2&b="), urllib.parse.urlparse("http://u:p@h:8/p;q?r#s").port, urllib.parse.quote("é /"), urllib.parse.unquote_plus("a+b%C3%A9"), urllib.parse.urlencode({"a": ["x", "y"]}, doseq=True), urllib.parse.urljoin("http://a/b/", "../c"), urllib.parse.parse_qsl("a=1;b=2")
urllib.request urllib.request.urlopen("data:,x%20y").read(), urllib.request.Request("http://a/", data=b"x").get_method(), urllib.request.build_opener() is not None, urllib.request.getproxies().get("no such")
urllib.error isinstance(_raised(lambda: urllib.request.urlopen("http://127.0.0.1:1/", timeout=2)), OSError), urllib.error.URLError("x").reason
urllib.robotparser urllib.robotparser.RobotFileParser().can_fetch("*", "/")
uuid uuid.uuid3(uuid.NAMESPACE_DNS, "x"), uuid.uuid5(uuid.NAMESPACE_DNS, "x"), uuid.uuid4().version, uuid.uuid1().version, uuid.UUID(int=1), isinstance(uuid.getnode(), int)
venv venv.EnvBuilder.__name__
warnings warnings.warn("said once"), warnings.simplefilter("ignore")
wave (lambda b: (lambda w: (w.setnchannels(1), w.setsampwidth(1), w.setframerate(8000), w.writeframes(b"ab"), w.close(), len(b.getvalue())))(wave.open(b, "wb")))(io.BytesIO())
weakref weakref.ref(Handler)() is Handler, len(weakref.WeakValueDictionary())
webbrowser webbrowser.Error.__name__
wsgiref wsgiref.util.guess_scheme({"HTTPS": "on"}), wsgiref.headers.Headers([("a", "b")])["A"], wsgiref.validate.validator(len) is not None
xml.dom.minidom xml.dom.minidom.parseString("<a b='c'>d</a>").toprettyxml(indent=" ")
xml.etree.ElementTree xml.etree.ElementTree.tostring(xml.etree.ElementTree.fromstring("<a><b x='é'>c</b></a>")), xml.etree.ElementTree.fromstring("<a><b/></a>").find("b").tag, list(xml.etree.ElementTree.iterparse(io.BytesIO(b"<a/>")))[0][0]
xml.sax xml.sax.saxutils.escape("<&>"), xml.sax.parseString(b"<a/>", xml.sax.ContentHandler()), xml.sax.saxutils.quoteattr("a'b")
xml.parsers.expat xml.parsers.expat.ParserCreate().Parse("<a/>", True), xml.dom.pulldom.START_ELEMENT
xmlrpc.client xmlrpc.client.dumps((1, "a"), "m"), xmlrpc.client.loads(xmlrpc.client.dumps((True,), "m")), xmlrpc.client.DateTime(0).value[:1]
zipapp zipapp.ZipAppError.__name__
zipfile (lambda b: (lambda z: (z.writestr("a.txt", "b" * 50), z.close(), zipfile.ZipFile(b).namelist(), zipfile.ZipFile(b).read("a.txt")[:2]))(zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED)))(io.BytesIO())
zipimport zipimport.ZipImportError.__name__
zlib zlib.decompress(zlib.compress(b"x" * 50, 9)), zlib.crc32(b"x"), zlib.adler32(b"x"), zlib.decompressobj(-15).unused_data, zlib.compressobj(wbits=31).compress(b"")[:2]
zoneinfo datetime.datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).isoformat(), zoneinfo.ZoneInfo("America/New_York").utcoffset(datetime.datetime(2026, 1, 1)), len(zoneinfo.available_timezones()) > 400
"""


def _raised(do):
    try:
        do()
    except BaseException as error:
        return error
    return None


def _bring(names, dotted):
    """Imports what is a module of a name with dots, as far as it goes."""
    path = ""
    for part in dotted.split("."):
        path = f"{path}.{part}" if path else part
        try:
            module = importlib.import_module(path)
        except ImportError:
            return
        names.setdefault(path, module)


def _dotted(node):
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in sys.stdlib_module_names:
        return ".".join([node.id, *reversed(parts)])
    return None


def evaluate(handler, module, expression):
    """What comes of an expression, in words that are the same wherever it is evaluated."""
    names = {"self": handler, "Handler": Handler, "_raised": _raised, "__file__": __file__}
    _bring(names, module)
    for node in ast.walk(ast.parse(expression, mode="eval")):
        dotted = _dotted(node)
        if dotted:
            _bring(names, dotted)
    return re.sub("0x[0-9a-f]+", "0x", repr(eval(expression, names)))


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        lines = []
        for use in USES.strip().splitlines():
            module, _, expression = use.partition(" ")
            try:
                said = evaluate(self, module, expression)
            except BaseException as error:
                said = f"!{type(error).__name__}: {error}"
            lines.append(f"{use}\t{said}".replace("\n", " "))
        body = "\n".join(lines).encode("utf-8", "backslashreplace")
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    HTTPServer(("127.0.0.1", int(sys.argv[1]) if sys.argv[1:] else 8000), Handler).serve_forever()
