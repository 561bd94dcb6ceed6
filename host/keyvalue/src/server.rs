//! Values in a Redis: for servers on more than one machine. What it has acknowledged is as safe as it is configured to keep it.
//!
//! A namespace is three of its keys: a hash with the values, a sorted set with their keys, of which pages are made, and the bytes
//! of all. A change is one script, which nothing comes between.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use doverb_core::keyvalue::{Answer, Ask, Asking, ENTRY, MAX_ANSWER, MAX_KEYS, Store, StoreError};
use redis::{Client, Connection, ErrorKind, RedisResult, Script, Value};

mod tls;

use crate::patience::{Room, aside};
use crate::place::Place;

const CHANGES: &str = include_str!("server/changes.lua");
const LOOKS: &str = include_str!("server/looks.lua");
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(2);
/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(5);

/// How often one that has just begun is asked whether it has read what it keeps.
const LOOK: Duration = Duration::from_millis(50);
const LOADING: ErrorKind = ErrorKind::BusyLoadingError;

/// A Redis.
pub(crate) struct Server {
    client: Client,
    /// How it is called, without its password.
    shown: String,
    room: Room,
    idle: Mutex<Vec<Connection>>,
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
        let client = tls::client(url, place.authority())?;
        Ok(Server {
            client,
            shown: place.to_string(),
            room: Room::default(),
            idle: Mutex::default(),
            changes: Script::new(&format!("local ENTRY = {ENTRY}\n{CHANGES}")),
            looks: Script::new(LOOKS),
        })
    }

    /// A connection that rests.
    fn idle(&self) -> Option<Connection> {
        // Nothing is half done under the lock.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn connect(&self) -> RedisResult<Connection> {
        let connection = self.client.get_connection_with_timeout(CONNECT)?;
        connection.set_read_timeout(Some(ANSWER))?;
        connection.set_write_timeout(Some(ANSWER))?;
        Ok(connection)
    }

    fn rest_after(&self, connection: Connection, answer: &RedisResult<Vec<Value>>) {
        if answer.is_ok() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }

    fn ask(&self, namespace: &str, ask: &Ask, max: u64) -> Result<Answer, StoreError> {
        let deadline = Instant::now() + ANSWER;
        let answer = loop {
            match self.try_to_ask(namespace, ask, max) {
                // One that has just begun has done nothing of it.
                Err(error) if error.kind() == LOADING && Instant::now() < deadline => thread::sleep(LOOK),
                answer => break answer,
            }
        };
        let unusable = |why: &dyn fmt::Display| StoreError::Unusable(format!("{}: {why}", self.shown));
        let answer = answer.map_err(|error| unusable(&error))?;
        understood(ask, answer, max).unwrap_or_else(|| Err(unusable(&"an answer of another kind")))
    }

    fn try_to_ask(&self, namespace: &str, ask: &Ask, max: u64) -> RedisResult<Vec<Value>> {
        let invoke = |connection: &mut Connection| self.invoke(namespace, ask, max, connection);
        // The other end of one that has rested may be gone. What comes to the same when it is done twice is tried, and whatever
        // does not is asked for only where somebody is there.
        let is_same_twice = !matches!(ask, Ask::Increment(..) | Ask::Swap { .. });
        while let Some(mut connection) = self.idle() {
            let is_there = is_same_twice || redis::cmd("PING").exec(&mut connection).is_ok();
            match is_there.then(|| invoke(&mut connection)) {
                None => {}
                Some(Err(error)) if is_same_twice && error.is_connection_dropped() => {}
                Some(answer) => {
                    self.rest_after(connection, &answer);
                    return answer;
                }
            }
        }
        let mut connection = self.connect()?;
        let answer = invoke(&mut connection);
        self.rest_after(connection, &answer);
        answer
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
            let place = self.server.room.take(&ask).await?;
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
