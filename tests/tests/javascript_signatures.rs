//! Keys of two halves in JavaScript, and what is signed, encrypted and agreed on with them: Node's, and the Web's. What is expected is
//! what Node answers to the same code.

use doverb_tests::Server;
use doverb_tests::sources::folder;

const KEYS: (&str, &str) = ("keys.json", include_str!("javascript_signatures/keys.json"));
const SEALED: (&str, &str) = ("sealed.json", include_str!("javascript_signatures/sealed.json"));

fn answer(code: &str) -> serde_json::Value {
    let folder = folder(&[("app.js", code), KEYS, SEALED]);
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

#[test]
fn node_makes_keys_encrypts_and_agrees_as_node_does() {
    let expected = serde_json::json!({
        "made": [2048, true, true, true, true],
        "opened": [
            true, true, true, true, true, false,
            "ERR_OSSL_RSA_OAEP_DECODING_ERROR", "ERR_OSSL_RSA_OAEP_DECODING_ERROR",
            "ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_KEY_SIZE",
        ],
        "agreed": [
            true, true, 66, true, "ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY", "ERR_CRYPTO_INVALID_CURVE",
            "ERR_METHOD_NOT_IMPLEMENTED", "x25519",
        ],
        "unlocked": [true, true, true, "ERR_MISSING_PASSPHRASE", "ERR_OSSL_BAD_DECRYPT", true],
    });
    assert_eq!(answer(include_str!("javascript_signatures/encryption.js")), expected);
}

#[test]
fn the_web_makes_keys_wraps_and_agrees_as_node_does() {
    let agreed = serde_json::json!([true, true, 1, "InvalidAccessError"]);
    let expected = serde_json::json!({
        "opened": [[true, "OperationError", "RSA-OAEP"], [true, "OperationError", "RSA-OAEP-256"]],
        "wrapped": [true, 256, "InvalidAccessError"],
        "agreed": [agreed, agreed],
        "refused": ["DataError", "SyntaxError", "NotSupportedError"],
    });
    assert_eq!(answer(include_str!("javascript_signatures/wrapping.js")), expected);
}

#[test]
fn keys_with_a_passphrase_are_read_where_the_code_names_one() {
    let sealed: serde_json::Value = serde_json::from_str(SEALED.1).unwrap();
    let said = |name: &str| {
        answer(&format!(
            "import crypto from 'node:crypto';
const given = {{ key: {}, {name}: {} }};
const why = (error) => error.message.slice(0, 53);
const read = () => {{ try {{ return crypto.createPrivateKey(given).asymmetricKeyType; }} catch (error) {{ return why(error); }} }};
export default {{ fetch: () => Response.json(read()) }};
",
            sealed["pkcs8"], sealed["passphrase"]
        ))
    };
    assert_eq!(said("passphrase"), "ec");
    assert_eq!(said("['pass' + 'phrase']"), "keys with a passphrase are read by code that names it");
}
