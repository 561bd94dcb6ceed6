//! `doverb:handler/attributes`.

use std::time::Duration;

use super::{Instance, Store};
use crate::date;
use crate::failure::Failure;

pub(super) fn link(instance: &mut Instance<'_>) -> wasmtime::Result<()> {
    link_versions(instance)?;
    link_errors(instance)?;
    instance.func_wrap("timeout", |mut store: Store<'_>, ()| {
        Ok((milliseconds(store.data_mut().exchange().attributes.timeout),))
    })?;
    instance.func_wrap("set-timeout", |mut store: Store<'_>, (asked,): (u64,)| {
        let exchange = store.data_mut().exchange();
        exchange.set_timeout(Duration::from_millis(asked));
        Ok((milliseconds(exchange.attributes.timeout),))
    })?;
    instance.func_wrap("date-time-string", |_: Store<'_>, (timestamp,): (Option<u64>,)| {
        let text = match timestamp {
            None => Some(date::http_now()),
            Some(seconds) => date::http_date(seconds),
        };
        let beyond = || Failure::InvalidField("date-time-string: the time is beyond the year 9999".into());
        Ok((text.ok_or_else(beyond),))
    })?;
    instance.func_wrap("log-date-time-string", |_: Store<'_>, ()| Ok((date::log_now(),)))?;
    instance.func_wrap("address-string", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().client_host.clone(),))
    })
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

fn link_versions(instance: &mut Instance<'_>) -> wasmtime::Result<()> {
    instance.func_wrap("protocol-version", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.protocol.as_str().to_owned(),))
    })?;
    instance.func_wrap("set-protocol-version", |mut store: Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().set_protocol(&value),))
    })?;
    instance.func_wrap("server-version", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.server_version().to_owned(),))
    })?;
    instance.func_wrap("set-server-version", |mut store: Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_server_version(value),))
    })?;
    instance.func_wrap("sys-version", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.sys_version().to_owned(),))
    })?;
    instance.func_wrap("set-sys-version", |mut store: Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_sys_version(value),))
    })?;
    instance.func_wrap("version-string", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.version_string(),))
    })
}

fn link_errors(instance: &mut Instance<'_>) -> wasmtime::Result<()> {
    instance.func_wrap("error-message-format", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.error_format().to_owned(),))
    })?;
    instance.func_wrap("set-error-message-format", |mut store: Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_error_format(&value),))
    })?;
    instance.func_wrap("error-content-type", |mut store: Store<'_>, ()| {
        Ok((store.data_mut().exchange().attributes.error_content_type().to_owned(),))
    })?;
    instance.func_wrap("set-error-content-type", |mut store: Store<'_>, (value,): (String,)| {
        Ok((store.data_mut().exchange().attributes.set_error_content_type(value),))
    })?;
    instance.func_wrap("responses", |mut store: Store<'_>, (code,): (u16,)| {
        let texts = store.data_mut().exchange().attributes.responses(code);
        Ok((texts.map(|(phrase, explain)| (phrase.to_owned(), explain.to_owned())),))
    })?;
    type Texts = (u16, String, String);
    instance.func_wrap("set-responses", |mut store: Store<'_>, (code, phrase, explain): Texts| {
        Ok((store.data_mut().exchange().attributes.set_responses(code, phrase, explain),))
    })
}
