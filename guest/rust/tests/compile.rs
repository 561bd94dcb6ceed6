//! What the compiler says to an author: names the method, and says what is expected.

#[test]
fn a_wrong_handler_does_not_compile_and_the_message_says_why() {
    trybuild::TestCases::new().compile_fail("tests/refused/*.rs");
}

#[test]
fn a_right_one_compiles_on_every_target() {
    trybuild::TestCases::new().pass("tests/accepted.rs");
}
