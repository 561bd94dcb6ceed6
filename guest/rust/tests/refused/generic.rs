use doverb_guest::*;

#[derive(Default)]
struct Hello<T>(T);

#[handler]
impl<T> Hello<T> {
    fn do_GET(&mut self) {}
}

fn main() {}
