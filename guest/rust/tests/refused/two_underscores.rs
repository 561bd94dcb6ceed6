use doverb_guest::*;

#[derive(Default)]
struct Hello;

#[handler]
impl Hello {
    fn do_M__SEARCH(&mut self) {}
}

fn main() {}
