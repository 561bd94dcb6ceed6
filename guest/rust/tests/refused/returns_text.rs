use doverb_guest::*;

#[derive(Default)]
struct Hello;

#[handler]
impl Hello {
    fn do_GET(&mut self) -> String {
        String::new()
    }
}

fn main() {}
