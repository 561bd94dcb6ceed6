//! A server in this process, with a handler in Rust, and its log.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use doverb_core::handler::Handler;
use doverb_core::log::Log;
use doverb_core::slot::Slot;
use doverb_server::{Config, ListenAddress, Server, ServerError, ServerHandle};

/// Far more than anything here needs, as test machines are busy.
pub const SOON: Duration = Duration::from_secs(30);

/// A server that runs. It ends with the test.
pub struct Running {
    pub addresses: Vec<ListenAddress>,
    handle: ServerHandle,
    thread: Option<JoinHandle<Result<(), ServerError>>>,
    log: Arc<Mutex<Vec<u8>>>,
}

struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A server whose handler answers `hello`.
pub fn bind(config: Config, log: Log) -> Result<Server, ServerError> {
    let handler = Handler::native("hello", |request| {
        request.send_response(200, None)?;
        request.end_headers()?;
        request.write(b"hello")?;
        Ok(())
    });
    Server::bind(config.with_threads(2), Slot::new(handler), log)
}

impl Running {
    pub fn new(config: Config) -> Running {
        let log = Arc::new(Mutex::new(Vec::new()));
        let server = bind(config, Log::writer(false, Box::new(Sink(Arc::clone(&log))))).expect("it listens");
        let (addresses, handle) = (server.addresses().to_vec(), server.handle());
        let thread = Some(std::thread::spawn(move || server.run()));
        Running { addresses, handle, thread, log }
    }

    #[allow(dead_code, reason = "each test file takes what it needs")]
    pub fn tcp(&self) -> SocketAddr {
        self.addresses.iter().find_map(ListenAddress::tcp).expect("it listens at a port")
    }

    #[allow(dead_code, reason = "each test file takes what it needs")]
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&self.log.lock().expect("no panic")).into_owned()
    }

    /// Drains it and waits for its end.
    pub fn stop(&mut self) {
        self.handle.drain();
        if let Some(thread) = self.thread.take() {
            thread.join().expect("no panic").expect("it served");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.abort();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Sends a request, and reads the answer to its end.
pub fn ask(mut stream: impl Read + Write, request: &str) -> io::Result<String> {
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}

/// Asks until it is so.
#[allow(dead_code, reason = "each test file takes what it needs")]
pub fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < deadline, "not within {SOON:?}: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
