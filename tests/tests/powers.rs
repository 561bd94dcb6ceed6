//! Configuration, secrets, and what makes tests reproducible.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use doverb_tests::artifacts::example;
use doverb_tests::site::Site;
use doverb_tests::{Client, Server, doverb, guest, request, server};
use serde_json::{Value, json};

const SECRET: &str = "hunter2-and-more";

#[test]
fn values_and_secrets_are_given_by_their_names() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("token");
    std::fs::write(&file, format!("{SECRET}\n")).expect("a file");
    let from_file = format!("file=file:{}", file.display());
    let mut command = server::command(&["--no-watch", "--config-value", "title=Guests = all"]);
    command
        .args(["--secret", "variable=env:TOKEN", "--secret", &from_file])
        .env("TOKEN", "of the environment");
    command.arg(guest("powers"));
    let server = Server::spawn(command);
    assert_eq!(server.text("/config?name=title"), "Guests = all");
    assert_eq!(server.text("/config?name=variable"), "of the environment");
    assert_eq!(server.text("/config?name=file"), SECRET);
    assert_eq!(server.text("/config?name=other"), "none");
    assert_eq!(server.text("/config-values"), r#"[("title", "Guests = all")]"#, "without the secrets");
}

#[test]
fn without_a_grant_there_are_no_values() {
    let server = Server::of("powers");
    assert_eq!(
        (server.text("/config?name=title"), server.text("/config-values")),
        ("none".into(), "[]".into())
    );
}

#[test]
fn each_mount_has_values_of_its_own() {
    let site = Site::new(&["powers"]);
    site.put("token", SECRET);
    site.put(
        "doverb.toml",
        "[defaults]\nconfig-values = { a = \"1\", b = \"2\" }\n\
         [[mount]]\npath = \"/x\"\nhandler = \"powers.wasm\"\nconfig-values = { b = \"3\" }\n\
         [[mount]]\npath = \"/y\"\nhandler = \"powers.wasm\"\nsecrets = { a = \"file:token\" }\n",
    );
    let server = site.serve(&[]);
    assert_eq!(server.text("/x/config-values"), r#"[("a", "1"), ("b", "3")]"#);
    assert_eq!(server.text("/y/config-values"), r#"[("b", "2")]"#);
    assert_eq!(server.text("/y/config?name=a"), SECRET);
}

#[test]
fn a_secret_is_shown_nowhere() {
    let site = Site::new(&["powers"]);
    site.put("token", SECRET);
    let toml = "[[mount]]\npath = \"/\"\nhandler = \"powers.wasm\"\nsecrets = { token = \"file:token\" }\n";
    site.put("doverb.toml", toml);
    for arguments in [&["check"][..], &["check", "--json"]] {
        let path = site.path("doverb.toml").display().to_string();
        let outcome = doverb(&[arguments, &[&path]].concat());
        assert_eq!(outcome.code, Some(0), "{outcome:#?}");
        assert!(!format!("{outcome:?}").contains(SECRET), "{outcome:#?}");
    }
    let server = site.serve(&["--dev"]);
    assert_eq!(server.text("/config?name=token"), SECRET);
    server.text("/no-such-path");
    assert!(server.logged(SECRET).is_empty(), "{:#?}", server.log.lines());
    // Who writes the secret itself where its source belongs is told so without a word of it.
    let wasm = guest("powers").display().to_string();
    let outcome = doverb(&["serve", &wasm, "--secret", &format!("token={SECRET}")]);
    assert_eq!(outcome.code, Some(2), "{outcome:#?}");
    let said = format!("{outcome:?}");
    assert!(
        said.contains("--secret token") && said.contains("env:VARIABLE") && !said.contains(SECRET),
        "{said}"
    );
    site.put("doverb.toml", toml.replace("file:token", SECRET));
    let outcome = doverb(&["check", &site.path("doverb.toml").display().to_string()]);
    let said = format!("{outcome:?}");
    assert_eq!(outcome.code, Some(1), "{said}");
    assert!(
        said.contains("doverb.toml:4") && said.contains("env:VARIABLE") && !said.contains(SECRET),
        "{said}"
    );
}

#[test]
fn a_secret_that_is_not_there_is_named() {
    let wasm = guest("powers").display().to_string();
    for (source, words) in [
        ("env:DOVERB_NO_SUCH", "there is no variable DOVERB_NO_SUCH"),
        ("file:/no/such/file", "No such file"),
    ] {
        let outcome = doverb(&["serve", &wasm, "--secret", &format!("token={source}")]);
        let line = outcome.stderr.last().expect("a line");
        assert!(line.contains(&format!("--secret token={source}: {words}")), "{line}");
    }
}

#[test]
fn a_frozen_clock_stands_for_handlers_and_for_nobody_else() {
    let server = Server::with("powers", &["--frozen-clock", "2001-02-03T04:05:06Z"]);
    for _ in 0..2 {
        assert_eq!(server.text("/clock"), "981173106.000000000");
    }
    let date = server.connect().get("/clock").field("Date").expect("a date").to_owned();
    assert!(!date.contains("2001"), "{date}");
}

#[test]
fn with_a_seed_each_instance_has_the_same_numbers() {
    let paths = ["/random", "/insecure", "/insecure-seed"];
    let of = |seed: &str| {
        let server = Server::with("powers", &["--seed", seed]);
        let twice = [paths.map(|path| server.text(path)), paths.map(|path| server.text(path))];
        assert_eq!(twice[0], twice[1], "a new instance each");
        twice[0].clone()
    };
    let (one, same, other) = (of("1"), of("1"), of("2"));
    assert_eq!(one, same);
    assert!(one.iter().zip(&other).all(|(one, other)| one != other));
    let server = Server::of("powers");
    assert!(paths.iter().all(|path| server.text(path) != server.text(path)), "without one they differ");
}

#[test]
fn check_says_of_each_import_whether_it_is_granted_and_by_what() {
    let wasm = guest("powers").display().to_string();
    let outcome = doverb(&["check", &wasm]);
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let said = outcome.stdout.join("\n");
    for import in ["wasi:keyvalue/store@0.2.0-draft2", "wasi:keyvalue/atomics@0.2.0-draft2"] {
        assert!(said.contains(&format!("{import}: not granted (--keyvalue ")), "{said}");
    }
    assert!(said.contains("wasi:config/store@0.2.0-rc.1: not granted (--config-value"), "{said}");
    let grants = ["--keyvalue", "default=memory:", "--secret", "token=env:TOKEN", "--config-value", "a=b"];
    let outcome = doverb(&[&["check", &wasm], &grants[..]].concat());
    let said = outcome.stdout.join("\n");
    assert!(said.contains("store@0.2.0-draft2: granted by --keyvalue default=memory:"), "{said}");
    let configured = "config/store@0.2.0-rc.1: granted by --config-value a, --secret token=env:TOKEN";
    assert!(said.contains(configured), "{said}");
    let outcome = doverb(&["check", &wasm, "--json", "--keyvalue", "default=memory:"]);
    let told: Value = serde_json::from_str(&outcome.stdout.join("\n")).expect("JSON");
    let imports = told["imports"].as_array().expect("imports");
    let of = |name: &str| imports.iter().find(|import| import["name"].as_str().unwrap().starts_with(name));
    let stores = of("wasi:keyvalue/store").expect("it imports it");
    assert_eq!(
        (&stores["granted"], &stores["granted_by"][0]),
        (&json!(true), &json!("--keyvalue default=memory:"))
    );
    assert_eq!(of("wasi:config/").expect("it imports it")["granted"], false);
    assert_eq!(of("wasi:clocks/").expect("it imports it")["granted"], true);
}

#[test]
fn check_says_which_line_of_a_doverb_toml_grants_what() {
    let site = Site::new(&["powers"]);
    site.put("app.py", "");
    site.put("token", SECRET);
    site.put(
        "doverb.toml",
        "[defaults]\nkeyvalue = { default = \"memory:\" }\n[[mount]]\npath = \"/\"\nhandler = \"powers.wasm\"\n\
         secrets = { token = \"file:token\" }\n[[mount]]\npath = \"/py\"\nhandler = \"app.py\"\nenv = { A = \"b\" }\n\
         keyvalue = { default = \"memory:#own\" }\n",
    );
    let outcome = site.check();
    assert_eq!(outcome.code, Some(0), "{outcome:#?}");
    let said = outcome.stdout.join("\n");
    for words in [
        "wasi:keyvalue/store@0.2.0-draft2: granted by keyvalue default (line 2)",
        "wasi:config/store@0.2.0-rc.1: granted by secrets token (line 6)",
        "granted: env A (line 10)",
        "granted: keyvalue default (line 11)",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    let path = site.path("doverb.toml").display().to_string();
    let told: Value =
        serde_json::from_str(&doverb(&["check", "--json", &path]).stdout.join("\n")).expect("JSON");
    assert_eq!(
        told["mounts"][0]["imports"].as_array().map(|imports| imports.len() > 3),
        Some(true),
        "{told}"
    );
    assert_eq!(told["mounts"][1]["granted"], json!(["env A (line 10)", "keyvalue default (line 11)"]));
}

#[test]
fn all_imports_that_are_not_offered_are_named_at_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("far.wasm");
    let text = r#"(component (import "acme:rockets/launch@1.0.0" (instance)) (import "acme:moon/land@1.0.0" (instance)))"#;
    std::fs::write(&path, wat::parse_str(text).expect("a component")).expect("a file");
    let outcome = doverb(&["serve", path.to_str().expect("UTF-8")]);
    let line = outcome.stderr.last().expect("a line");
    let words = "it imports acme:rockets/launch@1.0.0, acme:moon/land@1.0.0, which are not offered here";
    assert!(line.contains(words), "{line}");
}

#[test]
fn an_embedder_offers_its_plugins_an_interface_of_its_own() {
    let mut child = Command::new(example("queue"))
        .arg(guest("clinic"))
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the example starts");
    let mut line = String::new();
    BufReader::new(child.stdout.take().expect("it is piped")).read_line(&mut line).expect("a line");
    let address = line.split(' ').find_map(|word| word.parse().ok()).expect("an address");
    let connect = || Client::connect(address);
    for name in ["Ada", "Grace"] {
        assert_eq!(
            connect()
                .call(request("POST", "/", &format!("Content-Length: {}\r\n", name.len())) + name)
                .status,
            204
        );
    }
    let told: Vec<_> = (0..3).map(|_| connect().get("/next").text()).collect();
    let _ = child.kill();
    let _ = child.wait();
    let expected = ["Ada to Dr. Lovelace, number 1", "Grace to Dr. Lovelace, number 2", "nobody"];
    assert_eq!(told, expected);
    // Nobody else offers it.
    let outcome = doverb(&["serve", &guest("clinic").display().to_string()]);
    assert!(
        outcome.stderr.join(" ").contains("clinic:queue/patients@0.1.0, which is not offered"),
        "{outcome:#?}"
    );
}
