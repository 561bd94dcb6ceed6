//! Keys of two halves in JavaScript, and what is signed, encrypted and agreed on with them: Node's, and the Web's. What is expected is
//! what Node answers to the same code.

use doverb_tests::Server;
use doverb_tests::sources::folder;

const KEYS: (&str, &str) = ("keys.json", include_str!("javascript_signatures/keys.json"));

fn answer(code: &str) -> serde_json::Value {
    let folder = folder(&[("app.js", code), KEYS]);
    let arguments = ["--no-watch", "--cpu-time", "60s", "--request-timeout", "120s"];
    let text = Server::start(&folder.path().join("app.js"), &arguments).connect().get("/").text();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn node_signs_and_verifies_as_node_does() {
    let right = serde_json::json!([true, true, false, false]);
    let object = |kind: &str, details: &str| {
        serde_json::json!(["private", "public", kind, details, true, true, true, true, true, true])
    };
    let expected = serde_json::json!({
        "streamed": [right, right, right, right],
        "fixed": [true, true],
        "pss": [true, true, true, false, false],
        "compact": right,
        "objects": [object("rsa", "2048,65537"), object("ec", "prime256v1"), object("ed25519", "")],
        "made": [true, "ed25519"],
        "refused": [
            "ERR_OSSL_UNSUPPORTED", "ERR_OSSL_UNSUPPORTED", "ERR_OSSL_INVALID_DIGEST",
            "ERR_CRYPTO_INVALID_KEY_OBJECT_TYPE", "ERR_CRYPTO_INVALID_DIGEST", "ERR_INVALID_ARG_VALUE",
            "ERR_OSSL_UNSUPPORTED",
        ],
    });
    assert_eq!(answer(include_str!("javascript_signatures/node.js")), expected);
}

#[test]
fn the_web_signs_and_verifies_as_node_does() {
    let checked = |alg: &str| {
        let refused = "InvalidAccessError";
        serde_json::json!([true, true, false, false, true, true, alg, refused, refused, "public"])
    };
    let expected = serde_json::json!({
        "rsa": checked("RS256"),
        "pss": checked("PS256"),
        "p256": checked(""),
        "p384": checked(""),
        "p521": checked(""),
        "ed25519": checked("Ed25519"),
        "generated": [[true, 65, "InvalidAccessError"], [true, 32, "InvalidAccessError"]],
        "refused": ["DataError", "SyntaxError", "DataError", "OperationError", "NotSupportedError"],
    });
    assert_eq!(answer(include_str!("javascript_signatures/web.js")), expected);
}
