use doverb_guest::*;

#[derive(Default)]
struct Hello;

#[handler]
impl Hello {
    fn do_GET(&mut self) {}
    fn do_get(&mut self) {}
}

fn main() {}
