//! The guestbook example, used as a person does: in a browser, and with what a browser would not send.

use doverb_tests::browser::{Browser, Done, expect_text};
use doverb_tests::{Server, guest, request, server};
use fantoccini::{Client, Locator};

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

struct Kept {
    folder: tempfile::TempDir,
}

impl Kept {
    fn new() -> Kept {
        Kept { folder: tempfile::tempdir().expect("a folder") }
    }

    fn serve(&self) -> Server {
        let grant = format!("{}::/data", self.folder.path().display());
        Server::with("guestbook", &["--dir", &grant])
    }
}

fn sign(server: &Server, form: &str) -> doverb_tests::Response {
    let fields = format!("{FORM}Content-Length: {}\r\n", form.len());
    server.connect().call(request("POST", "/", &fields) + form)
}

#[test]
fn entries_are_kept_over_a_restart() {
    let kept = Kept::new();
    let response = sign(&kept.serve(), "name=Ada+%26+Co&message=first%0Aline");
    assert_eq!((response.status, response.field("Location")), (303, Some("/")));
    let page = kept.serve().connect().get("/").text();
    assert!(page.contains("<b>Ada &amp; Co</b>") && page.contains("first<br>line"), "{page}");
    assert!(page.contains("<h2>1 entry</h2>"), "{page}");
}

#[test]
fn below_a_path_its_links_and_its_cookie_stay_there() {
    let kept = Kept::new();
    let grant = format!("{}::/data", kept.folder.path().display());
    let below = format!("/book={}", guest("guestbook").display());
    let server = Server::spawn(server::command(&["--no-watch", "--dir", &grant, &below]));
    let front = server.connect().get("/book");
    assert_eq!((front.status, front.field("Location")), (301, Some("/book/")));
    let form = "name=Ada&message=hello";
    for number in 0..11 {
        let fields = format!("{FORM}Content-Length: {}\r\n", form.len());
        let signed = server.connect().call(request("POST", "/book/", &fields) + form);
        assert_eq!((signed.status, signed.field("Location")), (303, Some("/book/")), "{number}");
        assert!(signed.field("Set-Cookie").is_some_and(|cookie| cookie.contains("; Path=/book/;")));
    }
    let page = server.connect().get("/book/?q=hello").text();
    assert!(page.contains("page 1 of 2") && page.contains("href=\"style.css\""), "{page}");
    assert!(!page.contains("href=\"/") && !page.contains("action=\"/"), "{page}");
    assert_eq!(server.connect().get("/book/style.css").status, 200);
    assert_eq!(server.connect().get("/book/x").status, 404);
}

#[test]
fn entries_are_kept_in_a_store_over_a_kill() {
    let folder = tempfile::tempdir().expect("a folder");
    let store = format!("default={}/book.redb", folder.path().display());
    let serve = || Server::with("guestbook", &["--keyvalue", &store]);
    let mut server = serve();
    for number in 1..=3 {
        assert_eq!(sign(&server, &format!("name=Ada&message=number+{number}%0Aand+more")).status, 303);
    }
    server.kill();
    let page = serve().connect().get("/?q=number").text();
    assert!(page.contains("<h2>3 entries with"), "{page}");
    let [newest, oldest] = ["number 3<br>and more", "number 1<br>and more"].map(|words| page.find(words));
    assert!(newest.is_some() && newest < oldest, "{page}");
}

#[test]
fn what_visitors_write_is_never_markup() {
    let kept = Kept::new();
    let server = kept.serve();
    sign(&server, "name=%3Cb%3E&message=%3Cscript%3Ealert(1)%3C%2Fscript%3E%22%27");
    let page = server.connect().get("/?q=%3Cscript").text();
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;"), "{page}");
    assert!(!page.contains("<script"), "{page}");
}

#[test]
fn a_wrong_form_gets_an_error_that_says_what_is_wrong() {
    let kept = Kept::new();
    let server = kept.serve();
    for (form, words) in [
        ("message=hello", "A name has 1 to 50 characters."),
        ("name=Ada&message=+", "A message has 1 to 1,000 characters."),
        (&*format!("name={}&message=a", "x".repeat(51)), "A name has"),
    ] {
        let response = sign(&server, form);
        assert_eq!(response.status, 422, "{form}");
        assert!(response.text().contains(words), "{}", response.text());
    }
    assert_eq!(sign(&server, &format!("name=a&message={}", "x".repeat(20_000))).status, 413);
    let json = request("POST", "/", "Content-Type: application/json\r\nContent-Length: 2\r\n") + "{}";
    assert_eq!(server.connect().call(json).status, 415);
    assert_eq!(server.connect().get("/nowhere").status, 404);
    assert_eq!(server.connect().call(request("DELETE", "/", "")).status, 501);
    assert!(server.connect().get("/").text().contains("0 entries"), "nothing was kept");
}

#[test]
fn without_a_grant_nothing_is_kept_and_the_page_says_so() {
    let server = Server::of("guestbook");
    let page = server.connect().get("/").text();
    assert!(page.contains("Nothing is kept: this handler was granted no store."), "{page}");
}

#[test]
fn a_person_signs_searches_and_turns_the_page_in_a_browser() {
    let kept = Kept::new();
    let server = kept.serve();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let browser = Browser::start().await;
        visit(&browser.client, &format!("http://{}/", server.address()))
            .await
            .expect("the browser does as told");
        browser.close().await;
    });
    assert_eq!(
        server.logged("\" 500 ").len() + server.logged("\" 404 ").len(),
        0,
        "{:#?}",
        server.log.lines()
    );
}

async fn visit(browser: &Client, url: &str) -> Done {
    browser.goto(url).await?;
    assert_eq!(browser.title().await?, "Guestbook");
    expect_heading(browser, "0 entries").await?;
    // The style sheet is loaded and passes the page's own security policy.
    let styled = "return getComputedStyle(document.querySelector('main')).maxWidth !== 'none'";
    assert_eq!(browser.execute(styled, vec![]).await?, true);

    fill(browser, "Grace \u{2764} <Hopper>", "A ship in port is safe.\nThat is not what ships are for.")
        .await?;
    expect_heading(browser, "1 entry").await?;
    assert_eq!(
        browser.current_url().await?.as_str(),
        url,
        "redirected to the page, not left on the form's answer"
    );
    let entry = browser.find(Locator::Css(".entries li")).await?.text().await?;
    assert!(entry.contains("Grace \u{2764} <Hopper>") && entry.contains("not what ships are for"), "{entry}");
    // A reload shows the page again, it does not sign again.
    browser.refresh().await?;
    expect_heading(browser, "1 entry").await?;
    // The cookie remembers the visitor, and no script can read it.
    let name = browser.find(Locator::Id("name")).await?.prop("value").await?;
    assert_eq!(name.as_deref(), Some("Grace \u{2764} <Hopper>"));
    assert_eq!(browser.execute("return document.cookie", vec![]).await?, "");

    for number in 2..=12 {
        fill(browser, "Ada", &format!("Entry number {number}")).await?;
        expect_heading(browser, &format!("{number} entries")).await?;
    }
    assert_eq!(browser.find_all(Locator::Css(".entries li")).await?.len(), 10);
    browser.find(Locator::LinkText("Older")).await?.click().await?;
    expect_text(browser, "nav", "Newer page 2 of 2").await?;
    assert_eq!(browser.find_all(Locator::Css(".entries li")).await?.len(), 2);

    let search = browser.find(Locator::Id("q")).await?;
    search.send_keys("SHIPS").await?;
    browser.find(Locator::Id("search")).await?.click().await?;
    expect_heading(browser, "1 entry with \u{201c}SHIPS\u{201d}").await
}

async fn fill(browser: &Client, name: &str, message: &str) -> Done {
    let field = browser.find(Locator::Id("name")).await?;
    field.clear().await?;
    // Chromedriver types no characters beyond the basic plane, but these it does.
    field.send_keys(name).await?;
    browser.find(Locator::Id("message")).await?.send_keys(message).await?;
    browser.find(Locator::Id("sign")).await?.click().await
}

async fn expect_heading(browser: &Client, text: &str) -> Done {
    expect_text(browser, "h2", text).await
}
