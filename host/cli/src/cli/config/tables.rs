//! The tables of a doverb.toml, as they are written.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::ops::Range;
use std::path::Path;

use doverb::access::{Access, network};
use doverb::handler::DirGrant;
use doverb::isolation;
use doverb::outgoing::{Rule, RuleError};
use doverb::terms::Terms;
use serde::Deserialize;
use toml::Spanned;

use super::super::grant_report::Power;
use super::super::limit_args::many;
use super::super::plan::{Attributes, Settings};
use super::super::values::{parse_dir, parse_env};
use super::beside;
use super::granted::Grant;
use super::powers::{Named, Written};
use super::report::Fault;
use super::server::ServerTable;
use super::values::{Bytes, Count, Duration, Few, Files, Isolation, Memory, Moment, Protocol, texts};

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) server: Option<ServerTable>,
    pub(super) defaults: Option<DefaultsTable>,
    #[serde(default)]
    pub(super) mount: Vec<Spanned<MountTable>>,
}

/// A table with the keys that a mount and the defaults of all have in common.
macro_rules! terms_table {
    ($(#[$meta:meta])* $name:ident { $($(#[$key_meta:meta])* $key:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub(super) struct $name {
            $($(#[$key_meta])* pub(super) $key: $type,)*
            isolation: Option<Isolation>,
            workers: Option<Spanned<Few>>,
            protocol: Option<Protocol>,
            pub(super) max_memory: Option<Spanned<Memory>>,
            max_total_memory: Option<Bytes>,
            max_instances: Option<Count>,
            max_requests: Option<Count>,
            cpu_time: Option<Duration>,
            request_timeout: Option<Duration>,
            client_timeout: Option<Duration>,
            max_body: Option<Bytes>,
            max_files: Option<Files>,
            scratch: Option<Bytes>,
            #[serde(default, deserialize_with = "texts")]
            allow_http: Vec<Spanned<String>>,
            max_http_requests: Option<Count>,
            http_timeout: Option<Duration>,
            #[serde(default)]
            keyvalue: Named,
            keyvalue_size: Option<Bytes>,
            #[serde(default)]
            config_values: Named,
            #[serde(default)]
            secrets: Named,
            frozen_clock: Option<Moment>,
            seed: Option<u64>,
            #[serde(default, deserialize_with = "texts")]
            dirs: Vec<Spanned<String>>,
            #[serde(default)]
            env: BTreeMap<Spanned<String>, String>,
            class: Option<String>,
            web_apis: Option<bool>,
            strict_types: Option<bool>,
            files: Option<bool>,
            arguments: Option<Vec<String>>,
            attributes: Option<Spanned<AttributesTable>>,
            access: Option<AccessTable>,
        }

        impl $name {
            /// What it grants, and where it says so.
            pub(super) fn grants(&self) -> Vec<Grant> {
                let dirs = self.dirs.iter().map(|dir| {
                    Grant::new(Power::Files, "dirs", dir.get_ref().split("::").nth(1).unwrap_or_default(), dir.span())
                });
                dirs.chain(Grant::named(Power::Variables, "env", &self.env))
                    .chain(self.allow_http.iter().map(|rule| {
                        Grant::new(Power::Http, "allow-http", rule.get_ref(), rule.span())
                    }))
                    .chain(Grant::named(Power::Stores, "keyvalue", &self.keyvalue))
                    .chain(Grant::named(Power::Configuration, "config-values", &self.config_values))
                    .chain(Grant::named(Power::Configuration, "secrets", &self.secrets))
                    .collect()
            }

            /// That it names no more of one kind than anybody needs: each is compared with the others.
            pub(super) fn check_numbers(&self) -> Result<(), Fault> {
                few("dirs", self.dirs.iter().map(Spanned::span))?;
                few("allow-http", self.allow_http.iter().map(Spanned::span))?;
                few("env", self.env.keys().map(Spanned::span))?;
                few("keyvalue", self.keyvalue.keys().map(Spanned::span))?;
                few("config-values", self.config_values.keys().map(Spanned::span))?;
                few("secrets", self.secrets.keys().map(Spanned::span))
            }

            /// Sets what it says.
            pub(super) fn apply(&self, settings: &mut Settings, folder: &Path) -> Result<(), Fault> {
                let limits = &mut settings.limits;
                set(&mut limits.max_memory, self.max_memory.as_ref().map(|it| bytes(it.get_ref().0)));
                set(&mut limits.max_total_memory, self.max_total_memory.map(|it| it.0));
                set(&mut limits.max_instances, self.max_instances.map(|it| it.0));
                set(&mut limits.cpu_time, self.cpu_time.map(|it| it.0));
                set(&mut limits.request_timeout, self.request_timeout.map(|it| it.0));
                set(&mut limits.client_timeout, self.client_timeout.map(|it| it.0));
                set(&mut limits.max_body, self.max_body.map(|it| it.0));
                set(&mut limits.max_resources, self.max_files.map(|it| many(it.0)));
                set(&mut settings.scratch, self.scratch.map(|it| Some(it.0)));
                let http = &mut settings.http;
                set(&mut http.limits.max_requests, self.max_http_requests.map(|it| many(it.0)));
                set(&mut http.limits.timeout, self.http_timeout.map(|it| it.0));
                allow(&mut http.rules, &self.allow_http)?;
                set(&mut settings.max_requests, self.max_requests.map(|it| Some(it.0)));
                set(&mut settings.isolation, self.isolation.map(|it| it.0));
                set(&mut settings.protocol, self.protocol.map(|it| Some(it.0)));
                set(&mut settings.source.class, self.class.clone().map(Some));
                set(&mut settings.source.web_apis, self.web_apis);
                set(&mut settings.source.strict_types, self.strict_types);
                set(&mut settings.source.files, self.files);
                set(&mut settings.source.arguments, self.arguments.clone());
                if let Some(workers) = &self.workers {
                    share(settings.isolation, workers)?;
                    settings.workers = Some(workers.get_ref().0);
                }
                if let Some(attributes) = &self.attributes {
                    attributes.get_ref().apply(&mut settings.attributes, attributes.span())?;
                }
                if let Some(access) = &self.access {
                    settings.access = Some(access.access()?);
                }
                let powers = &mut settings.powers;
                set(&mut powers.store_size, self.keyvalue_size.map(|it| Some(it.0)));
                set(&mut powers.frozen_clock, self.frozen_clock.map(|it| Some(it.0)));
                set(&mut powers.seed, self.seed.map(Some));
                let Self { keyvalue, config_values, secrets, .. } = self;
                Written { keyvalue, config_values, secrets }.apply(powers, folder)?;
                grant(&mut settings.dirs, &self.dirs, folder)?;
                name(&mut settings.env, &self.env)
            }
        }
    };
}

/// `attributes`: those of Python's class.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct AttributesTable {
    server_version: Option<String>,
    sys_version: Option<String>,
    error_message_format: Option<String>,
    error_content_type: Option<String>,
}

impl AttributesTable {
    fn apply(&self, attributes: &mut Attributes, span: Range<usize>) -> Result<(), Fault> {
        for (attribute, value) in [
            (&mut attributes.server_version, &self.server_version),
            (&mut attributes.sys_version, &self.sys_version),
            (&mut attributes.error_message_format, &self.error_message_format),
            (&mut attributes.error_content_type, &self.error_content_type),
        ] {
            if value.is_some() {
                attribute.clone_from(value);
            }
        }
        let tried = attributes.apply(Terms::default());
        tried.map(|_| ()).map_err(|error| Fault::at(span, error.to_string(), ""))
    }
}

/// `access`: who is served, by addresses.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct AccessTable {
    #[serde(deserialize_with = "texts")]
    allow: Vec<Spanned<String>>,
    #[serde(deserialize_with = "texts")]
    deny: Vec<Spanned<String>>,
}

impl AccessTable {
    fn access(&self) -> Result<Access, Fault> {
        let net = |text: &Spanned<String>| {
            network(text.get_ref()).map_err(|error| Fault::at(text.span(), error.to_string(), ""))
        };
        let allowed = self.allow.iter().try_fold(Access::default(), |all, text| Ok(all.allow(net(text)?)))?;
        self.deny.iter().try_fold(allowed, |all, text| Ok(all.deny(net(text)?)))
    }
}

terms_table! {
    /// `[defaults]`: for all mounts.
    DefaultsTable {}
}

terms_table! {
    /// `[[mount]]`.
    MountTable {
        path: Spanned<String>,
        host: Option<Spanned<String>>,
        handler: Spanned<String>,
        name: Option<String>,
    }
}

/// Grants of one kind that a table has at most.
const MAX_GRANTS: usize = 256;

fn few(what: &str, mut places: impl Iterator<Item = Range<usize>>) -> Result<(), Fault> {
    let text = || format!("more than {MAX_GRANTS} of {what}");
    places.nth(MAX_GRANTS).map_or(Ok(()), |place| Err(Fault::at(place, text(), "this is one more")))
}

fn set<T>(setting: &mut T, value: Option<T>) {
    if let Some(value) = value {
        *setting = value;
    }
}

fn bytes(size: u64) -> usize {
    usize::try_from(size).unwrap_or(usize::MAX)
}

fn share(isolation: isolation::Isolation, workers: &Spanned<Few>) -> Result<(), Fault> {
    match isolation {
        isolation::Isolation::Auto | isolation::Isolation::Worker => Ok(()),
        _ => Err(Fault::at(
            workers.span(),
            "workers are for isolation = \"worker\" or \"auto\"",
            "no instances are shared here",
        )),
    }
}

/// Grants folders; one that goes by the name of another takes its place.
fn grant(dirs: &mut Vec<DirGrant>, written: &[Spanned<String>], folder: &Path) -> Result<(), Fault> {
    for (number, text) in written.iter().enumerate() {
        let at = |why: String| Fault::at(text.span(), why, "HOST is relative to this file");
        let grant = parse_dir(OsString::from(rooted(text.get_ref(), folder))).map_err(at)?;
        let is_same = |other: &Spanned<String>| {
            parse_dir(OsString::from(rooted(other.get_ref(), folder)))
                .is_ok_and(|dir| dir.guest == grant.guest)
        };
        if let Some(first) = written[..number].iter().find(|other| is_same(other)) {
            let fault =
                Fault::at(text.span(), format!("two folders are granted as {}", grant.guest), "and here");
            return Err(fault.and(first.span(), "it is here"));
        }
        dirs.retain(|dir| dir.guest != grant.guest);
        dirs.push(grant);
    }
    Ok(())
}

/// Servers that may be called, beside those that may be already.
fn allow(rules: &mut Vec<Rule>, written: &[Spanned<String>]) -> Result<(), Fault> {
    for text in written {
        let rule = text.get_ref().parse();
        let rule =
            rule.map_err(|error: RuleError| Fault::at(text.span(), error.to_string(), "this is none"))?;
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    Ok(())
}

/// A grant whose folder is relative to the file's.
fn rooted(text: &str, folder: &Path) -> String {
    match text.split_once("::") {
        Some((host, guest)) if !host.is_empty() => {
            format!("{}::{guest}", beside(folder, host).display())
        }
        _ => text.to_owned(),
    }
}

/// Sets environment variables; one of the same name takes the other's place.
fn name(env: &mut Vec<(String, String)>, written: &BTreeMap<Spanned<String>, String>) -> Result<(), Fault> {
    for (name, value) in written {
        let (key, value) = parse_env(&format!("{}={value}", name.get_ref()))
            .ok()
            .filter(|(key, _)| key == name.get_ref() && !key.contains('\0') && !value.contains('\0'))
            .ok_or_else(|| Fault::at(name.span(), "this can't be the name of a variable", ""))?;
        env.retain(|(other, _)| *other != key);
        env.push((key, value));
    }
    Ok(())
}
