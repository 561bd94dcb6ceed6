//! Values in a Redis: for servers on more than one machine. What it has acknowledged is as safe as it is configured to keep it.
//!
//! A namespace is three of its keys: a hash with the values, a sorted set with their keys, of which pages are made, and the bytes
//! of all. A change is one script, which nothing comes between.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use doverb_core::keyvalue::{Answer, Ask, Asking, MAX_ANSWER, MAX_KEYS, Store, StoreError};
use redis::{Client, Connection, RedisResult, Script, Value};

use crate::patience::{Room, aside};
use crate::place::Place;

const CHANGES: &str = include_str!("server/changes.lua");
const LOOKS: &str = include_str!("server/looks.lua");
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(5);
/// A connection that was idle for longer is tried before it is used: its other end may be gone.
const FRESH: Duration = Duration::from_millis(20);

/// A Redis.
pub(crate) struct Server {
    client: Client,
    /// How it is called, without its password.
    shown: String,
    room: Room,
    idle: Mutex<Vec<(Connection, Instant)>>,
    changes: Script,
    looks: Script,
}

/// The values of one namespace in it.
pub(crate) struct Namespace {
    pub(crate) server: Arc<Server>,
    pub(crate) name: Arc<str>,
    pub(crate) max: u64,
}

impl Server {
    pub(crate) fn at(url: &str, place: &Place) -> Result<Server, String> {
        let client = Client::open(url).map_err(|error| error.to_string())?;
        Ok(Server {
            client,
            shown: place.to_string(),
            room: Room::default(),
            idle: Mutex::default(),
            changes: Script::new(CHANGES),
            looks: Script::new(LOOKS),
        })
    }

    /// A connection that works: one that rests, or a new one.
    fn connection(&self) -> RedisResult<Connection> {
        loop {
            // Nothing is half done under the lock.
            let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let Some((mut connection, since)) = idle else { break };
            if since.elapsed() < FRESH || redis::cmd("PING").exec(&mut connection).is_ok() {
                return Ok(connection);
            }
        }
        let connection = self.client.get_connection_with_timeout(CONNECT)?;
        connection.set_read_timeout(Some(ANSWER))?;
        connection.set_write_timeout(Some(ANSWER))?;
        Ok(connection)
    }

    fn rest(&self, connection: Connection) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((connection, Instant::now()));
    }

    fn ask(&self, namespace: &str, ask: &Ask, max: u64) -> Result<Answer, StoreError> {
        let unusable = |error: redis::RedisError| StoreError::Unusable(format!("{}: {error}", self.shown));
        let mut connection = self.connection().map_err(unusable)?;
        let answer = self.invoke(namespace, ask, max, &mut connection).map_err(unusable)?;
        self.rest(connection);
        understood(ask, answer, max).unwrap_or_else(|| {
            Err(StoreError::Unusable(format!("{}: an answer of another kind", self.shown)))
        })
    }

    fn invoke(
        &self,
        namespace: &str,
        ask: &Ask,
        max: u64,
        connection: &mut Connection,
    ) -> RedisResult<Vec<Value>> {
        let script = if ask.only_looks() { &self.looks } else { &self.changes };
        // The braces keep them together where there are several machines.
        let mut call = script.prepare_invoke();
        for what in ["values", "keys", "bytes"] {
            call.key(format!("doverb:{{{namespace}}}:{what}"));
        }
        match ask {
            Ask::Get(key) => call.arg("get").arg(key),
            Ask::Exists(key) => call.arg("exists").arg(key),
            Ask::Keys(after) => {
                let from = after.as_ref().map_or("-".to_owned(), |after| format!("({after}"));
                call.arg("keys").arg(from).arg(MAX_KEYS + 1)
            }
            Ask::GetMany(keys) => call.arg("get-many").arg(MAX_ANSWER).arg(keys),
            Ask::Set(pairs) => {
                call.arg("set").arg(max);
                for (key, value) in pairs {
                    call.arg(key).arg(&value[..]);
                }
                &mut call
            }
            Ask::Delete(keys) => call.arg("delete").arg(max).arg(keys),
            Ask::Increment(key, delta) => call.arg("increment").arg(max).arg(key).arg(*delta),
            Ask::Swap { key, expected, value } => {
                let is_expected = u8::from(expected.is_some());
                let expected = expected.as_deref().unwrap_or_default();
                call.arg("swap").arg(max).arg(key).arg(is_expected).arg(expected).arg(&value[..])
            }
        };
        call.invoke(connection)
    }
}

impl Store for Namespace {
    fn ask(&self, ask: Ask) -> Asking<'_> {
        Box::pin(async move {
            let place = self.server.room.take().await?;
            let (server, name, max) = (Arc::clone(&self.server), Arc::clone(&self.name), self.max);
            aside(place, move || server.ask(&name, &ask, max)).await
        })
    }
}

/// What a script has answered: a word, and what belongs to it. None where it is nothing that a script of ours says.
fn understood(ask: &Ask, answer: Vec<Value>, max: u64) -> Option<Result<Answer, StoreError>> {
    let mut answer = answer.into_iter();
    let word = text(answer.next()?)?;
    Some(Ok(match &word[..] {
        "done" => Answer::Done,
        "none" => Answer::Value(None),
        "value" => Answer::Value(Some(bytes(answer.next()?)?)),
        "exists" => Answer::Exists(answer.next()? == Value::Int(1)),
        "number" => Answer::Number(text(answer.next()?)?.parse().ok()?),
        "keys" => {
            let mut keys = answer.map(text).collect::<Option<Vec<_>>>()?;
            let more = keys.len() > MAX_KEYS;
            keys.truncate(MAX_KEYS);
            Answer::Keys(keys, more)
        }
        "values" => {
            let Ask::GetMany(keys) = ask else { return None };
            // Each is a list of one value, or of none.
            let value = |value: Value| match value {
                Value::Array(mut one) => match one.pop() {
                    Some(value) => bytes(value).map(Some),
                    None => Some(None),
                },
                _ => None,
            };
            let values = answer.map(value).collect::<Option<Vec<_>>>()?;
            if values.len() != keys.len() {
                return None;
            }
            Answer::Values(values)
        }
        "full" => return Some(Err(StoreError::Full(max))),
        "much" => return Some(Err(StoreError::TooMuchAtOnce)),
        "nan" => return Some(Err(StoreError::NotANumber)),
        "overflow" => return Some(Err(StoreError::Overflow)),
        _ => return None,
    }))
}

fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    }
}

fn text(value: Value) -> Option<String> {
    String::from_utf8(bytes(value)?).ok()
}
