use doverb_guest::*;

#[derive(Default)]
struct Hello;

#[handler]
impl Hello {
    fn do_GET(&mut self) {}
    fn version_string(&mut self) {}
}

fn main() {}
