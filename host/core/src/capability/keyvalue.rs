//! `wasi:keyvalue`: the stores that a handler was granted, by their names.

use std::any::Any;
use std::sync::Arc;

use wasmtime::component::{HasData, Linker, Resource, ResourceTableError};

use self::bindings::doverb::keyvalue::text;
use self::bindings::wasi::keyvalue::atomics::{self, CasError};
use self::bindings::wasi::keyvalue::batch;
use self::bindings::wasi::keyvalue::store::{self, Error, KeyResponse};
use super::Capability;
use crate::handler_options::HandlerOptions;
use crate::keyvalue::{Answer, Ask, Store, StoreError};
use crate::limits::PIECE;
use crate::log::Log;
use crate::observer::NotGranted;
use crate::state::State;

mod bindings {
    wasmtime::component::bindgen!({
        inline: "package doverb:host;
            world stores {
                import wasi:keyvalue/store@0.2.0-draft2;
                import wasi:keyvalue/atomics@0.2.0-draft2;
                import wasi:keyvalue/batch@0.2.0-draft2;
                import doverb:keyvalue/text@0.1.0;
            }",
        path: ["wit/keyvalue.wit", "wit/keyvalue-text.wit"],
        world: "doverb:host/stores",
        imports: { default: async | trappable },
        with: {
            "wasi:keyvalue/store.bucket": super::Bucket,
            "wasi:keyvalue/atomics.cas": super::Cas,
        },
    });
}

/// Stores for handlers, as far as they were granted some:
/// [`HandlerOptions::with_store`](crate::handler::HandlerOptions::with_store).
#[derive(Clone, Copy, Debug, Default)]
pub struct KeyValue;

/// Bytes of values that an instance has seen and may replace: they are in the server's memory, not in its own.
const MAX_SEEN: usize = 4 << 20;

/// An instance's part of it.
struct Part {
    options: HandlerOptions,
    log: Log,
    /// Bytes of such values.
    seen: usize,
}

/// A store that a handler has opened.
pub struct Bucket {
    store: Arc<dyn Store>,
    name: Arc<str>,
}

/// A value that a handler has seen, and may replace.
pub struct Cas {
    store: Arc<dyn Store>,
    name: Arc<str>,
    key: String,
    seen: Option<Vec<u8>>,
}

impl Cas {
    fn bytes(&self) -> usize {
        self.seen.as_ref().map_or(0, Vec::len)
    }
}

const TOO_MUCH: &str = "too much is open";

struct Stores;

impl HasData for Stores {
    type Data<'a> = Guest<'a>;
}

struct Guest<'a>(&'a mut State);

impl Capability for KeyValue {
    fn packages(&self) -> &[&str] {
        &[
            "wasi:keyvalue/store@0.2.0-draft2",
            "wasi:keyvalue/atomics@0.2.0-draft2",
            "wasi:keyvalue/batch@0.2.0-draft2",
            "doverb:keyvalue/text@0.1.0",
        ]
    }

    fn link(&self, linker: &mut Linker<State>) -> wasmtime::Result<()> {
        store::add_to_linker::<State, Stores>(linker, |state| Guest(state))?;
        atomics::add_to_linker::<State, Stores>(linker, |state| Guest(state))?;
        batch::add_to_linker::<State, Stores>(linker, |state| Guest(state))?;
        text::add_to_linker::<State, Stores>(linker, |state| Guest(state))
    }

    fn state(&self, options: &HandlerOptions, log: &Log) -> Option<Box<dyn Any + Send>> {
        Some(Box::new(Part { options: options.clone(), log: log.clone(), seen: 0 }))
    }
}

impl Guest<'_> {
    fn part(&mut self) -> &mut Part {
        self.0.part().expect("an instance that imports stores has its part of them")
    }

    /// Asks a store. Why it can't be used is for the log alone.
    async fn ask(
        &mut self,
        store: &Arc<dyn Store>,
        name: &str,
        ask: Ask,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        // As long as it waits for room, or for the store.
        let held = held(&ask);
        self.0.hold(0, held)?;
        let answer = match ask.check() {
            Ok(()) => store.ask(ask).await,
            Err(error) => Err(error),
        };
        self.0.hold(held, 0)?;
        Ok(answer.map_err(|error| {
            if let StoreError::Unusable(cause) = &error {
                let Part { options, log, .. } = self.part();
                if options.stores().tells_failure(cause) {
                    let handler = options.name();
                    log.message(format_args!("{handler}: the store {name:?} cannot be used: {cause}"));
                }
            }
            Error::Other(error.to_string())
        }))
    }

    async fn ask_bucket(
        &mut self,
        bucket: &Resource<Bucket>,
        ask: Ask,
    ) -> wasmtime::Result<Result<Answer, Error>> {
        let Bucket { store, name } = self.0.table.get(bucket)?;
        let (store, name) = (Arc::clone(store), Arc::clone(name));
        self.ask(&store, &name, ask).await
    }

    fn push_cas(&mut self, cas: Cas) -> wasmtime::Result<Result<Resource<Cas>, Error>> {
        let bytes = cas.bytes();
        if self.part().seen + bytes > MAX_SEEN {
            return Ok(Err(Error::Other(TOO_MUCH.into())));
        }
        let pushed = self.push(cas)?;
        if pushed.is_ok() {
            self.0.hold(0, bytes)?;
            self.part().seen += bytes;
        }
        Ok(pushed)
    }

    fn take_cas(&mut self, cas: Resource<Cas>) -> wasmtime::Result<Cas> {
        let cas = self.0.table.delete(cas)?;
        self.part().seen -= cas.bytes();
        self.0.hold(cas.bytes(), 0)?;
        Ok(cas)
    }

    /// An error where the handler has as much open as it may.
    fn push<T: Send + 'static>(&mut self, resource: T) -> wasmtime::Result<Result<Resource<T>, Error>> {
        match self.0.table.push(resource) {
            Ok(resource) => Ok(Ok(resource)),
            Err(ResourceTableError::Full) => Ok(Err(Error::Other(TOO_MUCH.into()))),
            Err(other) => Err(other.into()),
        }
    }
}

/// A store answers what it was asked.
fn other_answer(answer: &Answer) -> wasmtime::Error {
    wasmtime::Error::msg(format!("a store has answered {answer:?} to something else"))
}

/// What an answer has, where it is of this kind.
macro_rules! expect {
    ($answer:expr, $pattern:pat => $value:expr) => {
        match $answer {
            Ok($pattern) => Ok(Ok($value)),
            Ok(other) => Err(other_answer(&other)),
            Err(error) => Ok(Err(error)),
        }
    };
}

impl store::Host for Guest<'_> {
    async fn open(&mut self, name: String) -> wasmtime::Result<Result<Resource<Bucket>, Error>> {
        let options = &self.part().options;
        let Some(store) = options.stores().get(&name) else {
            if options.stores().tells_denial(&name) {
                let handler = options.name().to_owned();
                let site = Arc::clone(&self.0.exchange().site);
                site.tell(|observer| observer.not_granted(&handler, &NotGranted::Store(&name)));
            }
            return Ok(Err(Error::AccessDenied));
        };
        let store = Arc::clone(store);
        self.push(Bucket { store, name: name.into() })
    }
}

impl store::HostBucket for Guest<'_> {
    async fn get(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        expect!(self.ask_bucket(&bucket, Ask::Get(key)).await?, Answer::Value(value) => value)
    }

    async fn set(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: Vec<u8>,
    ) -> wasmtime::Result<Result<(), Error>> {
        expect!(self.ask_bucket(&bucket, Ask::Set(vec![(key, value)])).await?, Answer::Done => ())
    }

    async fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> wasmtime::Result<Result<(), Error>> {
        expect!(self.ask_bucket(&bucket, Ask::Delete(vec![key])).await?, Answer::Done => ())
    }

    async fn exists(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<bool, Error>> {
        expect!(self.ask_bucket(&bucket, Ask::Exists(key)).await?, Answer::Exists(exists) => exists)
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<Bucket>,
        cursor: Option<String>,
    ) -> wasmtime::Result<Result<KeyResponse, Error>> {
        expect!(self.ask_bucket(&bucket, Ask::Keys(cursor)).await?, Answer::Keys(keys, more) => KeyResponse {
            cursor: keys.last().filter(|_| more).cloned(),
            keys,
        })
    }

    async fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.0.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for Guest<'_> {
    async fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        delta: i64,
    ) -> wasmtime::Result<Result<i64, Error>> {
        expect!(self.ask_bucket(&bucket, Ask::Increment(key, delta)).await?, Answer::Number(sum) => sum)
    }

    async fn swap(&mut self, cas: Resource<Cas>, value: Vec<u8>) -> wasmtime::Result<Result<(), CasError>> {
        let Cas { store, name, key, seen } = self.take_cas(cas)?;
        let ask = Ask::Swap { key: key.clone(), expected: seen, value };
        match self.ask(&store, &name, ask).await? {
            Ok(Answer::Done) => Ok(Ok(())),
            Ok(Answer::Value(seen)) => Ok(Err(match self.push_cas(Cas { store, name, key, seen })? {
                Ok(cas) => CasError::CasFailed(cas),
                Err(error) => CasError::StoreError(error),
            })),
            Ok(other) => Err(other_answer(&other)),
            Err(error) => Ok(Err(CasError::StoreError(error))),
        }
    }
}

impl atomics::HostCas for Guest<'_> {
    async fn new(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
    ) -> wasmtime::Result<Result<Resource<Cas>, Error>> {
        let Bucket { store, name } = self.0.table.get(&bucket)?;
        let (store, name) = (Arc::clone(store), Arc::clone(name));
        match self.ask(&store, &name, Ask::Get(key.clone())).await? {
            Ok(Answer::Value(seen)) => self.push_cas(Cas { store, name, key, seen }),
            Ok(other) => Err(other_answer(&other)),
            Err(error) => Ok(Err(error)),
        }
    }

    async fn current(&mut self, cas: Resource<Cas>) -> wasmtime::Result<Result<Option<Vec<u8>>, Error>> {
        Ok(Ok(self.0.table.get(&cas)?.seen.clone()))
    }

    async fn drop(&mut self, cas: Resource<Cas>) -> wasmtime::Result<()> {
        self.take_cas(cas).map(drop)
    }
}

impl batch::Host for Guest<'_> {
    async fn get_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<Vec<Option<(String, Vec<u8>)>>, Error>> {
        let answer = self.ask_bucket(&bucket, Ask::GetMany(keys.clone())).await?;
        expect!(answer, Answer::Values(values) => {
            values.into_iter().zip(keys).map(|(value, key)| value.map(|value| (key, value))).collect()
        })
    }

    async fn set_many(
        &mut self,
        bucket: Resource<Bucket>,
        pairs: Vec<(String, Vec<u8>)>,
    ) -> wasmtime::Result<Result<(), Error>> {
        expect!(self.ask_bucket(&bucket, Ask::Set(pairs)).await?, Answer::Done => ())
    }

    async fn delete_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> wasmtime::Result<Result<(), Error>> {
        expect!(self.ask_bucket(&bucket, Ask::Delete(keys)).await?, Answer::Done => ())
    }
}

impl text::Host for Guest<'_> {
    async fn set(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        value: String,
    ) -> wasmtime::Result<Result<(), Error>> {
        match bytes(value) {
            Ok(value) => store::HostBucket::set(self, bucket, key, value).await,
            Err(error) => Ok(Err(error)),
        }
    }

    async fn set_many(
        &mut self,
        bucket: Resource<Bucket>,
        pairs: Vec<(String, String)>,
    ) -> wasmtime::Result<Result<(), Error>> {
        let pairs = pairs.into_iter().map(|(key, value)| Ok((key, bytes(value)?)));
        match pairs.collect::<Result<Vec<_>, Error>>() {
            Ok(pairs) => batch::Host::set_many(self, bucket, pairs).await,
            Err(error) => Ok(Err(error)),
        }
    }

    async fn swap(&mut self, cas: Resource<Cas>, value: String) -> wasmtime::Result<Result<(), CasError>> {
        match bytes(value) {
            Ok(value) => atomics::Host::swap(self, cas, value).await,
            Err(error) => {
                self.take_cas(cas)?;
                Ok(Err(CasError::StoreError(error)))
            }
        }
    }
}

/// What the server holds of it, where that is much.
fn held(ask: &Ask) -> usize {
    let bytes = match ask {
        Ask::Set(pairs) => pairs.iter().map(|(key, value)| key.len() + value.len()).sum(),
        Ask::Swap { expected, value, .. } => expected.as_ref().map_or(0, Vec::len) + value.len(),
        _ => 0,
    };
    if bytes < PIECE { 0 } else { bytes }
}

/// The bytes of a text in ISO-8859-1.
fn bytes(text: String) -> Result<Vec<u8>, Error> {
    if text.is_ascii() {
        return Ok(text.into_bytes());
    }
    let bytes = text.chars().map(|character| u8::try_from(u32::from(character)));
    bytes.collect::<Result<_, _>>().map_err(|_| Error::Other("a value beyond ISO-8859-1".into()))
}
