//! Requests at a fixed rate, answers whenever they come.

use std::collections::VecDeque;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::event::Timespec;
use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::fd::OwnedFd;
use serde_json::{Value, json};

use crate::answer::Answer;

/// How long answers may come after the last request.
const PATIENCE: Duration = Duration::from_secs(10);
/// A core of our own does not sleep for less than this: it would wake too late.
const SLEEP: Duration = Duration::from_micros(100);

pub(crate) struct Plan {
    pub(crate) connections: usize,
    pub(crate) rate: f64,
    pub(crate) time: Duration,
    /// Whether the core is ours alone.
    pub(crate) spins: bool,
    /// One for each connection, in turn; at least one.
    pub(crate) requests: Vec<Vec<u8>>,
}

struct Connection {
    stream: TcpStream,
    /// When the requests that wait for an answer were due. Only the first of them is on its way.
    due: VecDeque<Instant>,
    /// An answer that came in part.
    part: Vec<u8>,
    broken: bool,
}

struct Load<'a> {
    epoll: OwnedFd,
    requests: &'a [Vec<u8>],
    connections: Vec<Connection>,
    waiting: usize,
    spins: bool,
    latencies: Vec<Duration>,
    errors: u64,
    first_error: Option<String>,
}

/// Runs the plan; says how many answers came, how many did not, and the latencies in microseconds.
pub(crate) fn run(address: SocketAddr, plan: &Plan) -> Result<Value> {
    let mut load = Load::connect(address, plan)?;
    let requests = (plan.rate * plan.time.as_secs_f64()) as usize;
    let start = Instant::now();
    let mut sent = 0;
    let end = start + plan.time + PATIENCE;
    while sent < requests || load.waiting > 0 {
        let now = Instant::now();
        if now > end {
            let (waiting, errors) = (load.waiting, load.errors);
            load.first_error.get_or_insert(format!("{waiting} answers did not come"));
            load.errors = errors + waiting as u64;
            break;
        }
        let due = |number: usize| start + Duration::from_secs_f64(number as f64 / plan.rate);
        while sent < requests && due(sent) <= now {
            load.ask(sent % plan.connections, due(sent));
            sent += 1;
        }
        let next = if sent < requests { due(sent) } else { end };
        load.take_answers(next.saturating_duration_since(now))?;
    }
    let took = start.elapsed();
    load.latencies.sort_unstable();
    let at = |share: f64| {
        let index = (load.latencies.len() as f64 * share) as usize;
        load.latencies
            .get(index.min(load.latencies.len().saturating_sub(1)))
            .map(|time| time.as_secs_f64() * 1e6)
    };
    Ok(json!({
        "sent": sent, "answers": load.latencies.len(), "errors": load.errors, "first_error": load.first_error,
        "seconds": took.as_secs_f64(), "p50": at(0.5), "p90": at(0.9), "p99": at(0.99), "max": at(1.0),
    }))
}

impl<'a> Load<'a> {
    fn connect(address: SocketAddr, plan: &'a Plan) -> Result<Load<'a>> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut connections = Vec::with_capacity(plan.connections);
        for number in 0..plan.connections {
            let stream = TcpStream::connect(address).with_context(|| format!("connection {number}"))?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll::add(&epoll, &stream, EventData::new_u64(number as u64), EventFlags::IN)?;
            connections.push(Connection { stream, due: VecDeque::new(), part: Vec::new(), broken: false });
        }
        let latencies = Vec::with_capacity((plan.rate * plan.time.as_secs_f64()) as usize);
        let spins = plan.spins;
        let requests = &plan.requests;
        Ok(Load { epoll, requests, connections, waiting: 0, spins, latencies, errors: 0, first_error: None })
    }

    fn ask(&mut self, number: usize, due: Instant) {
        let connection = &mut self.connections[number];
        if connection.broken {
            self.errors += 1;
            return;
        }
        connection.due.push_back(due);
        self.waiting += 1;
        if connection.due.len() == 1 {
            self.send(number);
        }
    }

    fn send(&mut self, number: usize) {
        let connection = &mut self.connections[number];
        // One small request at a time always fits the system's buffer.
        let request = &self.requests[number % self.requests.len()];
        if let Err(error) = connection.stream.write_all(request) {
            self.give_up(number, &error.to_string());
        }
    }

    fn give_up(&mut self, number: usize, why: &str) {
        let connection = &mut self.connections[number];
        connection.broken = true;
        let _ = epoll::delete(&self.epoll, &connection.stream);
        self.errors += connection.due.len().max(1) as u64;
        self.waiting -= connection.due.len();
        connection.due.clear();
        self.first_error.get_or_insert_with(|| format!("connection {number}: {why}"));
    }

    fn take_answers(&mut self, patience: Duration) -> Result<()> {
        let patience = if self.spins && patience < SLEEP { Duration::ZERO } else { patience };
        let timeout = Timespec { tv_sec: patience.as_secs() as i64, tv_nsec: patience.subsec_nanos().into() };
        let mut events = [epoll::Event { flags: EventFlags::empty(), data: EventData::new_u64(0) }; 256];
        let count = match epoll::wait(&self.epoll, &mut events, Some(&timeout)) {
            Ok(count) => count,
            Err(rustix::io::Errno::INTR) => 0,
            Err(error) => bail!("epoll: {error}"),
        };
        for event in &events[..count] {
            let number = event.data.u64() as usize;
            if let Err(error) = self.take(number) {
                self.give_up(number, &format!("{error:#}"));
            }
        }
        Ok(())
    }

    fn take(&mut self, number: usize) -> Result<()> {
        let connection = &mut self.connections[number];
        let mut piece = [0; 4096];
        let bytes = match connection.stream.read(&mut piece) {
            Ok(0) => bail!("the server closed it"),
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        // Nearly every answer comes in one piece.
        let whole = if connection.part.is_empty() {
            &piece[..bytes]
        } else {
            connection.part.extend_from_slice(&piece[..bytes]);
            &connection.part
        };
        let size = Answer::parse(whole)?.map(|answer| answer.size()).transpose()?;
        match size {
            Some(size) if size == whole.len() => connection.part.clear(),
            Some(size) if size < whole.len() => bail!("more than one answer came"),
            _ => {
                if connection.part.is_empty() {
                    connection.part.extend_from_slice(&piece[..bytes]);
                }
                return Ok(());
            }
        }
        let due = connection.due.pop_front().context("an answer that nobody asked for")?;
        self.latencies.push(due.elapsed());
        self.waiting -= 1;
        if !connection.due.is_empty() {
            self.send(number);
        }
        Ok(())
    }
}
