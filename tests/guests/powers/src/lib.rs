//! What handlers may be granted, one path a call: GET `/get /set /delete /exists /keys /increment /cas /update /many
//! /set-many /delete-many /handles /seen`, with `store` (or else `default`), `key`, `value`, `delta`, `expected`, `count`; `/config /config-values`;
//! `/clock /random /insecure /insecure-seed`. POST `/set` gives a key the body.

use doverb_guest::*;

/// What the SDK has no words for: values that were seen, and are kept.
mod raw {
    wit_bindgen::generate!({
        path: "../../../wit/deps/keyvalue.wit",
        inline: "package of:tests; world raw { import wasi:keyvalue/atomics@0.2.0-draft2; }",
        world: "of:tests/raw",
        generate_all,
    });
}

#[derive(Default)]
struct Powers {
    kept: Vec<Store>,
}

type Told = std::result::Result<String, Box<dyn std::error::Error>>;

#[handler]
impl Powers {
    const PROTOCOL_VERSION: &str = "HTTP/1.1";

    fn do_GET(&mut self) -> Result {
        let told = self.call(None);
        self.answer(told)
    }

    fn do_POST(&mut self) -> Result {
        let body = self.read_body(8 << 20)?;
        let told = self.call(Some(body));
        self.answer(told)
    }

    fn answer(&mut self, told: Told) -> Result {
        let (status, text) = match told {
            Ok(text) => (200, text),
            Err(error) => (409, error.to_string()),
        };
        self.send_response(status)?;
        self.send_header("Content-Length", text.len())?;
        self.end_headers()?;
        self.wfile().write_all(text.as_bytes())?;
        Ok(())
    }

    fn call(&mut self, body: Option<Vec<u8>>) -> Told {
        let query = self.query();
        let argument = |name: &str| query.get(name).map(str::to_owned);
        let path = self.path_only();
        let path = path.rsplit('/').next().unwrap_or_default().to_owned();
        match &path[..] {
            "config" => {
                return Ok(shown(config(&argument("name").unwrap_or_default())?.map(String::into_bytes)));
            }
            "config-values" => return Ok(format!("{:?}", config_values()?)),
            "clock" => {
                let now = wasip2::clocks::wall_clock::now();
                return Ok(format!("{}.{:09}", now.seconds, now.nanoseconds));
            }
            "random" => return Ok(format!("{:?}", wasip2::random::random::get_random_bytes(16))),
            "insecure" => {
                return Ok(format!("{:?}", wasip2::random::insecure::get_insecure_random_bytes(16)));
            }
            "insecure-seed" => return Ok(format!("{:?}", wasip2::random::insecure_seed::insecure_seed())),
            _ => {}
        }
        let store = store(&argument("store").unwrap_or_else(|| "default".into()))?;
        let key = argument("key").unwrap_or_else(|| "key".into());
        let value = body.unwrap_or_else(|| argument("value").unwrap_or_default().into_bytes());
        let count: usize = argument("count").and_then(|count| count.parse().ok()).unwrap_or(1);
        let numbered = |number: usize| format!("{key}{number:05}");
        Ok(match &path[..] {
            "get" => shown(store.get(&key)?),
            "set" => {
                store.set(&key, value)?;
                "set".into()
            }
            "delete" => {
                store.delete(&key)?;
                "deleted".into()
            }
            "exists" => store.exists(&key)?.to_string(),
            "keys" => {
                let keys = store.keys().collect::<std::result::Result<Vec<_>, _>>()?;
                match count {
                    0 => keys.len().to_string(),
                    _ => keys.join(" "),
                }
            }
            "increment" => {
                let delta = argument("delta").map_or(Ok(1), |delta| delta.parse())?;
                let mut sum = 0;
                for _ in 0..count {
                    sum = store.increment(&key, delta)?;
                }
                sum.to_string()
            }
            "cas" => {
                let expected = argument("expected").map(String::into_bytes);
                store.compare_and_swap(&key, expected.as_deref(), value)?.to_string()
            }
            "update" => {
                let add = |value: Option<Vec<u8>>| {
                    let number: u64 =
                        value.and_then(|it| String::from_utf8(it).ok()?.parse().ok()).unwrap_or(0);
                    (number + 1).to_string().into_bytes()
                };
                let mut value = Vec::new();
                for _ in 0..count {
                    value = store.update(&key, add)?;
                }
                shown(Some(value))
            }
            "many" => {
                let values = store.get_many((0..count).map(numbered))?;
                values.into_iter().map(shown).collect::<Vec<_>>().join(" ")
            }
            "set-many" => {
                store.set_many((0..count).map(|number| (numbered(number), value.clone())))?;
                "set".into()
            }
            "delete-many" => {
                store.delete_many((0..count).map(numbered))?;
                "deleted".into()
            }
            "seen" => {
                let bucket =
                    raw::wasi::keyvalue::store::open("default").map_err(|error| error.to_string())?;
                let cas = || raw::wasi::keyvalue::atomics::Cas::new(&bucket, &key);
                let kept: Vec<_> = std::iter::from_fn(|| cas().ok()).take(count).collect();
                kept.len().to_string()
            }
            "handles" => {
                self.kept.push(store);
                for _ in 1..count {
                    self.kept.push(doverb_guest::store("default")?);
                }
                self.kept.len().to_string()
            }
            other => return Err(format!("no such path: {other}").into()),
        })
    }
}

fn shown(value: Option<Vec<u8>>) -> String {
    value.map_or("none".into(), |value| String::from_utf8_lossy(&value).into_owned())
}
