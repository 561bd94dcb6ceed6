//! `doverb serve`: from a handler to a server that runs until it is told to end.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use doverb::attributes;
use doverb::isolation;
use doverb::log::Log;
use doverb::reload::{Attendant, Watcher};
use doverb::routes::Route;
use doverb::server::development::Development;
use doverb::server::{self, AccessLog, Listen, Server};
use doverb::source::HandlerFolder;
use doverb_keyvalue::Stores;

use super::arrangement::{Arrangement, Origin, stamps};
use super::browser;
use super::config::{Config, FILE_NAME, Fixed, ServerTable};
use super::failure::Failure;
use super::grants::Grants;
use super::kept_back::KeptBack;
use super::keys;
use super::limit_args::LimitArgs;
use super::listen_args::{ListenArgs, PORT, address_in_network, ready_line};
use super::live::{Live, Policy};
use super::loader::Loader;
use super::log_args::LogArgs;
use super::machine_limits::{raise_file_limit, say_what_cannot_be};
use super::mounts_args;
use super::operator::Operator;
use super::plan::{Attributes, MountPlan, PlanTarget, Settings};
use super::progress::{Screen, Terminal};
use super::server_plan::{ServerPlan, Shown, Whole};
use super::signals::Signals;
use super::source_args::SourceArgs;
use super::status;
use super::systemd;
use super::values;
use super::watchers::Watchers;

const AFTER_HELP: &str = "\
Sizes are bytes (65536) or have a unit: 64M is 64 million, 64MiB is 64 times 1,048,576. Times are seconds (30, 0.5) \
or have a unit: 5s, 100ms, 2m.

Examples:
  doverb serve hello.wasm
  doverb serve app.py --port 9000 --open       build it, serve it, and show it in the browser
  doverb serve hello.wasm --port 0             on any free port; the first line says which
  doverb serve guest/examples/hello            build it first, and again whenever you save
  doverb serve site.wasm --bind :: --port 80   to the world
  doverb serve site.wasm --bind unix:site      to programs of this machine
  doverb serve site.wasm --port 8443 --tls-cert cert.pem --tls-key key.pem
  doverb serve guestbook.wasm --dir ./entries::/data --env TITLE='My guests'
  doverb serve /=site.wasm /shop=shop.py       two handlers, each at a path of its own
  doverb serve handlers/                       each file and folder in it at /NAME/
  doverb serve --config doverb.toml            as the file says; doverb check doverb.toml checks it

When it can be connected to, it prints a line for each address, and where there are several handlers one for each:
  Serving HTTP on 127.0.0.1 port 8000 (http://127.0.0.1:8000/) ...

Of several handlers the one with the longest path that fits serves a request: /shop and /shop/ are the same, and fit \
/shop, /shop/cart and /shop?new, but not /shops. Handlers see the whole path, and theirs as server.mount.

Sockets that systemd hands in are listened at in the place of the default address.

Each flag can be set by an environment variable too: --max-body 1MiB by DOVERB_MAX_BODY=1MiB, and the port by PORT as well. Flags \
win; of one that may be repeated, each line of the variable is a value.

Logs go to standard error. SIGHUP loads what has changed, also with --no-watch. SIGTERM or SIGINT lets requests in flight finish and exits with status 0; a second one \
stops at once, with status 143 or 130.";

/// Serve HTTP with a handler.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct Serve {
    /// A component (a .wasm file), or a source file or folder, which is built first. A folder of handlers: NAME.wasm, a source
    /// file or a source folder in it is served at /NAME/, and index at /; a Python file among them does not see what lies
    /// beside it. Or PREFIX=HANDLER, as often as you like. Without any,
    /// what the doverb.toml of the current folder says; or a doverb.toml itself. A number at the end is the port.
    #[arg(value_name = "HANDLER", conflicts_with = "config")]
    handlers: Vec<OsString>,
    /// What to serve, and where and how, as this file says it (doverb.toml).
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    listen: ListenArgs,
    /// The protocol version of answers; a handler may set it itself. HTTP/1.0 is Python's default, and closes each
    /// connection after an answer.
    #[arg(long, value_enum, ignore_case = true, default_value_t = Protocol::Http11)]
    protocol: Protocol,
    /// Threads that serve [default: one a core].
    #[arg(long, value_name = "N", value_parser = values::number(1..=1024u16))]
    threads: Option<u16>,
    /// How long an instance of the handler lives.
    #[arg(long, value_enum, default_value_t = Isolation::Auto)]
    isolation: Isolation,
    /// Instances that the connections of a thread share with --isolation worker. By default 4, or one for all threads where
    /// a program keeps its state in it, as Python's do.
    #[arg(long, value_name = "N", value_parser = values::number(1..=1024u16))]
    workers: Option<u16>,
    #[command(flatten)]
    log: LogArgs,
    /// Show what the server does at this address, 127.0.0.1:9090 or unix:PATH: a page at /, and metrics in OpenMetrics at
    /// /metrics. Who reaches it sees paths of requests. Of names it answers to localhost and to the one given here.
    #[arg(long, value_name = "ADDRESS", value_parser = status::parse)]
    status: Option<Listen>,
    /// Load new versions when the file or the sources change (the default).
    #[arg(long, visible_alias = "reload", overrides_with = "no_watch")]
    watch: bool,
    /// Serve what is there now, and nothing newer.
    #[arg(long, visible_alias = "no-reload")]
    no_watch: bool,
    /// Open the page in the browser once it is served.
    #[arg(long)]
    open: bool,
    /// For who writes the handler: the browser shows why a request failed or a build, and pages show themselves anew when the
    /// handler has changed. Not for a server that others use.
    #[arg(long, conflicts_with = "no_watch")]
    dev: bool,
    #[command(flatten)]
    sources: SourceArgs,
    #[command(flatten)]
    grants: Grants,
    #[command(flatten)]
    limits: LimitArgs,
}

#[derive(Clone, Copy, ValueEnum)]
enum Protocol {
    #[value(name = "HTTP/1.0")]
    Http10,
    #[value(name = "HTTP/1.1")]
    Http11,
}

#[derive(Clone, Copy, ValueEnum)]
enum Isolation {
    /// connection, but worker for a component of more than 4 MiB.
    Auto,
    /// As long as its connection, like Python's handler object.
    Connection,
    /// One request.
    Request,
    /// As long as the server: the connections of a thread share a few, and their clients the handler's memory.
    Worker,
}

impl Serve {
    pub(super) fn run(mut self) -> Result<(), Failure> {
        if let Some(port) = mounts_args::take_port(&mut self.handlers)? {
            self.listen.take_port(port);
        }
        self.grants.check()?;
        let handed = systemd::listeners()?;
        let signals = Signals::install().map_err(|error| Failure::failed("signals", error))?;
        raise_file_limit();
        let screen = Screen::default();
        let log = self.log.log(&screen);
        let log = if self.dev { log.keeping() } else { log };
        log_panics(log.clone());
        let mut config = self.config().with_observer(Arc::new(Operator(log.clone())));
        if let Some(format) = self.log.access_format() {
            config = config.with_observer(Arc::new(AccessLog::new(log.clone(), format)));
        }
        let (origin, settings, plans, table) = self.plan(&mut config)?;
        self.sources.tend(table.build_bounds())?;
        let kept_back = KeptBack::default();
        kept_back.add(origin.file().map(Path::to_owned));
        let plan = ServerPlan {
            config,
            listen: self.listen.clone(),
            threads: self.threads,
            status: self.status.clone(),
            handed,
            kept_back: kept_back.clone(),
        };
        let (shown, shown_at) = (Shown::default(), plan.status(&table));
        let config = shown.observed(plan.config(&table), shown_at.as_ref());
        let engine = super::engine(&config.limits)?;
        let loader = Loader {
            engine,
            compile: table.compile(self.sources.compile_options()?),
            log: log.clone(),
            port: port_of(&config.listeners),
            is_watched: self.dev || std::io::stderr().is_terminal(),
            attendant: std::io::stderr().is_terminal().then(|| attendant(&screen, &signals)),
            development: self.dev.then(Development::new),
            is_one_of_many: !origin.is_one(),
            may_vanish: matches!(&origin, Origin::Folder(_)),
            stores: Stores::telling(log.clone()),
            kept_back,
        };
        let watchers = Watchers::default();
        let mut live = Live::new(loader, watchers.clone(), !self.watches());
        let may_fail = |_: &&MountPlan| origin.policy() == Policy::AsFarAsItGoes;
        let mut failed = stamps(plans.iter().filter(may_fail));
        let lost = live
            .load(&plans, origin.policy(), &mut Terminal::on(&screen, &signals))
            .map_err(|error| error.failure(&signals))?;
        failed.retain(|path, _| lost.iter().any(|(plan, _)| plan.target.path() == path));
        let limits = config.limits.clone();
        let server = Server::listen(config, log.clone()).map_err(|error| Failure::server(&error))?;
        live.mount_at(server.mounts());
        shown.show(shown_at.as_ref(), server.mounts(), &log)?;
        let is_secure = server.handle().is_secure();
        signals.drain(server.handle(), log.clone());
        server.addresses().iter().for_each(|address| super::print(&ready_line(address, is_secure)));
        say_where_others_find_it(&server, is_secure, &log);
        say_what_is_where(&live.plans().collect::<Vec<_>>());
        for (plan, error) in &lost {
            log.message(format_args!("{}: {}; it is not served", plan.shown(), error.cause()));
        }
        if self.open {
            browser::open(server.addresses(), is_secure, &log);
        }
        systemd::ready();
        say_what_cannot_be(&limits, &log);
        live.watch()?;
        let whole = (server.handle(), server.mounts().clone());
        let whole = Whole::new(plan, whole, shown.clone(), log.clone(), table);
        let arrangement = Arrangement::new(origin, settings, live, whole, log.clone()).without(failed);
        let _arrangement = self.arrange(arrangement, &watchers, &log)?;
        signals.stop(watchers);
        let (handle, told) = (server.handle(), log.clone());
        keys::listen(&signals, &log, move || browser::open(&handle.addresses(), handle.is_secure(), &told));
        let served = server.run().map_err(|error| Failure::server(&error));
        signals.release();
        shown.end();
        log.flush();
        served?;
        signals.aborted_by().map_or(Ok(()), |signal| Err(Failure::Interrupted(signal)))
    }

    /// What is to be served, under which settings where nothing else is said, and what a file says of the server.
    fn plan(
        &self,
        config: &mut server::Config,
    ) -> Result<(Origin, Settings, Vec<MountPlan>, ServerTable), Failure> {
        let (mut origin, mut settings) = (self.origin()?, self.settings());
        if !origin.is_one() {
            // What lies where the command is run is of several.
            settings.source.started_in = None;
        }
        let (plans, table) = match &mut origin {
            Origin::File { path, fixed } => {
                let read = Config::read(path, &settings, None).map_err(|error| Failure::config(&error))?;
                let of_mounts = read.mounts.iter().map(|plan| plan.settings.limits.max_memory);
                let max_memory = of_mounts.fold(config.limits.max_memory, usize::max);
                config.limits.max_memory = max_memory;
                *fixed = Some(Box::new(Fixed { server: read.server.clone(), max_memory }));
                (read.mounts, read.server)
            }
            _ => {
                let plan = origin.plan(&settings).map_err(|error| Failure::Failed(error.to_string()))?;
                (plan.mounts, ServerTable::default())
            }
        };
        Ok((origin, settings, plans, table))
    }

    /// Watches what the plan comes from, unless that is the command line, which does not change. What is live is given back then.
    fn arrange(
        &self,
        arrangement: Arrangement,
        watchers: &Watchers,
        log: &Log,
    ) -> Result<Option<Arrangement>, Failure> {
        if !arrangement.changes() {
            return Ok(Some(arrangement));
        }
        let watcher = Watcher::of(arrangement, log.clone(), !self.watches());
        watchers.add(&Arc::new(watcher.map_err(|error| Failure::Failed(error.to_string()))?));
        Ok(None)
    }

    /// Whether new versions are loaded by themselves. A flag wins over a variable that says otherwise.
    fn watches(&self) -> bool {
        self.watch || !self.no_watch
    }

    /// Where it is said what to serve.
    fn origin(&self) -> Result<Origin, Failure> {
        if let Some(path) = &self.config {
            return Ok(Origin::File { path: path.clone(), fixed: None });
        }
        match &self.handlers[..] {
            [] if Path::new(FILE_NAME).is_file() => Ok(Origin::File { path: FILE_NAME.into(), fixed: None }),
            [] => Err(Failure::usage(
                "nothing to serve",
                format!("name a HANDLER: doverb serve app.py. Or write a {FILE_NAME}"),
            )),
            [one] if is_config(one.as_ref()) => Ok(Origin::File { path: one.into(), fixed: None }),
            [one] => match mounts_args::parse(one)? {
                (None, path) => {
                    let folder =
                        HandlerFolder::look(&path).map_err(|error| Failure::Failed(error.to_string()))?;
                    Ok(match folder {
                        Some(found) if !found.handlers.is_empty() => Origin::Folder(path),
                        _ => Origin::Arguments(vec![(Route::root(), path)]),
                    })
                }
                (Some(route), path) => Ok(Origin::Arguments(vec![(route, path)])),
            },
            several => mounts_args::parse_several(several).map(Origin::Arguments),
        }
    }

    fn protocol(&self) -> attributes::Protocol {
        match self.protocol {
            Protocol::Http10 => attributes::Protocol::Http10,
            Protocol::Http11 => attributes::Protocol::Http11,
        }
    }

    fn isolation(&self) -> isolation::Isolation {
        match self.isolation {
            Isolation::Auto => isolation::Isolation::Auto,
            Isolation::Worker => isolation::Isolation::Worker,
            Isolation::Connection => isolation::Isolation::Connection,
            Isolation::Request => isolation::Isolation::Request,
        }
    }

    fn config(&self) -> server::Config {
        let listeners = self.listen.listeners().into_iter();
        let mut config = listeners.fold(server::Config::default(), server::Config::with_listener);
        config.tls = self.listen.tls();
        config.workers = self.workers.map(Into::into);
        config.development = self.dev;
        config
            .with_protocol(self.protocol())
            .with_threads(self.threads.unwrap_or(0).into())
            .with_isolation(self.isolation())
            .with_limits(self.limits.limits())
    }

    /// Those of every mount, where a doverb.toml says nothing else.
    fn settings(&self) -> Settings {
        Settings {
            name: None,
            isolation: self.isolation(),
            workers: self.workers,
            protocol: self.protocol(),
            limits: self.limits.limits(),
            max_requests: None,
            access: None,
            dirs: self.grants.dir.clone(),
            env: self.grants.env.clone(),
            scratch: self.grants.scratch.map(|size| size.0),
            http: self.grants.http(),
            powers: self.grants.powers.powers(),
            source: self.sources.choice(),
            attributes: Attributes::default(),
        }
    }
}

/// Whether it is a doverb.toml, whatever it is called. That of a crate is a handler's.
fn is_config(path: &Path) -> bool {
    let is_toml = path.extension().is_some_and(|end| end.eq_ignore_ascii_case("toml"));
    is_toml && path.is_file() && path.file_name().is_some_and(|name| name != "Cargo.toml")
}

/// Who shows a build to somebody at a terminal.
fn attendant(screen: &Screen, signals: &Arc<Signals>) -> Attendant {
    let (screen, signals) = (screen.clone(), Arc::clone(signals));
    Arc::new(move || Box::new(Terminal::on(&screen, &signals)))
}

/// The port that programs are told of which ask for one.
fn port_of(listeners: &[Listen]) -> u16 {
    let port = |listen: &Listen| match listen {
        Listen::Tcp { port, .. } => Some(*port),
        _ => None,
    };
    listeners.iter().find_map(port).unwrap_or(PORT)
}

/// The name of all addresses says nothing to who wants to try it with a telephone.
fn say_where_others_find_it(server: &Server, is_secure: bool, log: &Log) {
    let scheme = if is_secure { "https" } else { "http" };
    if let Some(address) = server.addresses().iter().find_map(address_in_network) {
        log.message(format_args!("others in your network find it at {scheme}://{address}/"));
    }
}

/// A line for each mount, where there is more to say than that all is one handler's.
fn say_what_is_where(plans: &[&MountPlan]) {
    if let [only] = plans
        && only.route == Route::root()
        && matches!(only.target, PlanTarget::Handler(_))
    {
        return;
    }
    let lines: Vec<_> = plans.iter().map(|plan| what_is_where(plan)).collect();
    let width = lines.iter().map(|(place, _)| place.len()).max().unwrap_or(0);
    for (place, what) in lines {
        super::print(&format!("  {place:width$}  {what}"));
    }
}

fn what_is_where(plan: &MountPlan) -> (String, String) {
    let (place, path) = (plan.route.to_string(), plan.target.path());
    let files = match &plan.target {
        PlanTarget::Handler(_) => return (place, path.display().to_string()),
        PlanTarget::Files { only, .. } if plan.route != Route::root() => only.iter().flatten().next(),
        PlanTarget::Files { .. } => None,
    };
    match files.map(|name| path.join(name)) {
        Some(file) if file.is_dir() => (place, format!("the files of {}", file.display())),
        Some(file) => (place.trim_end_matches('/').to_owned(), file.display().to_string()),
        None => (place, format!("the files of {}", path.display())),
    }
}

/// Rust's own hook writes to stderr and waits for who reads it. The log does neither.
fn log_panics(log: Log) {
    std::panic::set_hook(Box::new(move |panic| {
        log.message(format_args!(
            "a fault of the server's own, which ended one connection: {panic}. Please report it"
        ));
    }));
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use doverb::attributes::Protocol;

    use super::Serve;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        serve: Serve,
    }

    fn parse(arguments: &[&str]) -> Result<Serve, clap::Error> {
        Line::try_parse_from(["doverb"].iter().chain(arguments)).map(|line| line.serve)
    }

    #[test]
    fn defaults_are_the_librarys() {
        let config = parse(&["hello.wasm"]).unwrap().config();
        let default = doverb::server::Config::default();
        assert_eq!(config.listeners.len(), 1);
        // What browsers and proxies expect today; the contract's is Python's.
        assert_eq!((config.protocol, default.protocol), (Protocol::Http11, Protocol::Http10));
        assert_eq!(
            (config.threads, config.isolation, config.workers),
            (0, default.isolation, default.workers)
        );
        assert_eq!(format!("{:?}", config.limits), format!("{:?}", default.limits));
    }

    #[test]
    fn every_limit_arrives() {
        let flags = "h.wasm --max-memory 1MiB --cpu-time 1s --request-timeout 2s --header-timeout 3s \
            --keep-alive-timeout 4s --client-timeout 5s --max-body 0 --max-connections 6 --max-instances 7 --grace 0";
        let serve = parse(&flags.split_whitespace().collect::<Vec<_>>()).unwrap();
        let limits = serve.config().limits;
        let seconds = [
            limits.cpu_time,
            limits.request_timeout,
            limits.header_timeout,
            limits.keep_alive_timeout,
            limits.client_timeout,
            limits.grace,
        ];
        assert_eq!(seconds.map(|time| time.as_secs()), [1, 2, 3, 4, 5, 0]);
        assert_eq!((limits.max_memory, limits.max_body), (1 << 20, 0));
        assert_eq!((limits.max_connections, limits.max_instances), (6, 7));
    }

    #[test]
    fn wrong_values_name_the_flag_and_the_form() {
        for (flag, value, form) in [
            ("--max-memory", "0", "64KiB to 4GiB"),
            ("--cpu-time", "0", "at least 1ms"),
            ("--grace", "soon", "5s, 100ms"),
            ("--max-connections", "0", "a whole number from 1 to"),
            ("--max-instances", "ten", "a whole number from 1 to"),
            ("--threads", "0", "from 1 to 1024"),
            ("--workers", "few", "from 1 to 1024"),
            ("--seed", "x", "a whole number"),
            ("--isolation", "process", "worker"),
            ("--port", "65536", "65535"),
            ("--bind", "unix:", "unix:PATH"),
            ("--dir", "/tmp", "HOST::GUEST"),
            ("--env", "A", "KEY=VALUE"),
            ("--protocol", "HTTP/2", "HTTP/1.1"),
        ] {
            let error =
                parse(&["hello.wasm", flag, value]).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(flag) && error.contains(form), "{flag} {value}: {error}");
        }
    }

    #[test]
    fn the_last_of_watch_and_no_watch_counts() {
        assert!(!parse(&["hello.wasm"]).unwrap().no_watch);
        assert!(parse(&["hello.wasm", "--no-watch"]).unwrap().no_watch);
        assert!(!parse(&["hello.wasm", "--no-watch", "--watch"]).unwrap().no_watch);
        assert!(parse(&["hello.wasm", "--watch", "--no-watch"]).unwrap().no_watch);
    }

    #[test]
    fn two_folders_cannot_have_one_name() {
        let serve = parse(&["hello.wasm", "--dir", "/::/data", "--dir", "/tmp::/data"]).unwrap();
        assert!(serve.grants.check().is_err());
    }
}
