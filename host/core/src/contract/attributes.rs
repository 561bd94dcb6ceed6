//! `doverb:handler/attributes`.

use std::time::Duration;

use super::{Interface, Store};
use crate::date;
use crate::failure::Failure;

pub(super) fn link(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    link_versions(interface)?;
    link_errors(interface)?;
    interface.func_wrap("timeout", |mut store: Store<'_>, ()| {
        Ok((milliseconds(store.data_mut().exchange().attributes.timeout),))
    })?;
    interface.func_wrap("set-timeout", |mut store: Store<'_>, (asked,): (u64,)| {
        let timeout = store.data_mut().exchange().set_timeout(Duration::from_millis(asked));
        Ok((milliseconds(timeout),))
    })?;
    interface.func_wrap("date-time-string", |_: Store<'_>, (timestamp,): (Option<u64>,)| {
        let text = match timestamp {
            None => Some(date::http_now()),
            Some(seconds) => date::http_date(seconds),
        };
        let beyond = || Failure::InvalidField("date-time-string: the time is beyond the year 9999".into());
        Ok((text.ok_or_else(beyond),))
    })?;
    interface.func_wrap("log-date-time-string", |_: Store<'_>, ()| Ok((date::log_now(),)))?;
    interface.func_wrap("address-string", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().down.peer().client().shown().to_owned(),))
    })
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn link_versions(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap("protocol-version", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.protocol.as_str().to_owned(),))
    })?;
    interface.func_wrap("set-protocol-version", |mut store: Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().set_protocol(&value),))
    })?;
    interface.func_wrap("server-version", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.server_version().to_owned(),))
    })?;
    interface.func_wrap("set-server-version", |mut store: Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_server_version(value),))
    })?;
    interface.func_wrap("sys-version", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.sys_version().to_owned(),))
    })?;
    interface.func_wrap("set-sys-version", |mut store: Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_sys_version(value),))
    })?;
    interface.func_wrap("version-string", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.version_string(),))
    })
}

fn link_errors(interface: &mut Interface<'_>) -> wasmtime::Result<()> {
    interface.func_wrap("error-message-format", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.error_format().to_owned(),))
    })?;
    interface.func_wrap("set-error-message-format", |mut store: Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_error_format(&value),))
    })?;
    interface.func_wrap("error-content-type", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.error_content_type().to_owned(),))
    })?;
    interface.func_wrap("set-error-content-type", |mut store: Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_error_content_type(value),))
    })?;
    interface.func_wrap("responses", |mut store: Store<'_>, (code,): (u16,)| {
        let texts = store.data_mut().exchange().attributes.responses(code);
        Ok((texts.map(|(phrase, explain)| (phrase.to_owned(), explain.to_owned())),))
    })?;
    type Texts = (u16, String, String);
    interface.func_wrap("set-responses", |mut store: Store<'_>, (code, phrase, explain): Texts| {
        Ok((store.data_mut().exchange().attributes.set_responses(code, phrase, explain),))
    })
}
