use doverb_guest::*;

#[derive(Default)]
struct Hello;

#[handler]
impl Hello {
    async fn do_GET(&mut self) -> Result {
        Ok(())
    }
}

fn main() {}
