//! The loads that wrk has no way to make; each prints one line of JSON.
//!
//! `load paced ADDRESS CONNECTIONS RATE SECONDS spin|sleep PATH...`: that many requests a second, spread evenly over connections that stay
//! open, whether or not earlier answers have come. Latency counts from when a request was due, so a server that
//! stalls is charged for all that it kept waiting. Between requests it spins, which is exact, or sleeps, which leaves a
//! shared core to the server. Each connection asks for one of the paths, in turn.
//!
//! `load echo ADDRESS BYTES length|chunked`: a body of that size up and back on one connection.
//!
//! `load hold ADDRESS CONNECTIONS asked|idle`: opens connections, sends a request on each or none, says so, and holds them
//! until its standard input ends.

mod answer;
mod echo;
mod hold;
mod paced;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What a connection sends.
fn request(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").into_bytes()
}

fn main() -> Result<()> {
    raise_file_limit()?;
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let said = match args.as_slice() {
        ["paced", address, connections, rate, seconds, wait, paths @ ..] if !paths.is_empty() => {
            let plan = paced::Plan {
                connections: connections.parse().context("CONNECTIONS")?,
                rate: rate.parse().context("RATE")?,
                time: Duration::from_secs_f64(seconds.parse().context("SECONDS")?),
                spins: *wait == "spin",
                requests: paths.iter().map(|path| request(path)).collect(),
            };
            paced::run(self::address(address)?, &plan)?
        }
        ["echo", address, bytes, framing] => {
            let framing = match *framing {
                "length" => echo::Framing::Length,
                "chunked" => echo::Framing::Chunked,
                _ => bail!("length or chunked"),
            };
            echo::run(self::address(address)?, bytes.parse().context("BYTES")?, framing)?
        }
        ["hold", address, connections, asked] => hold::run(
            self::address(address)?,
            connections.parse().context("CONNECTIONS")?,
            *asked == "asked",
        )?,
        _ => bail!("load paced|echo|hold ADDRESS ...: see the source"),
    };
    println!("{said}");
    Ok(())
}

fn address(text: &str) -> Result<SocketAddr> {
    text.parse().with_context(|| format!("{text} is no address"))
}

/// As far as the system lets us.
fn raise_file_limit() -> Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum })?;
    Ok(())
}
