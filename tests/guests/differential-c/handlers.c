/* tests/differential/handlers.py in C: every page and every step of a script does here what it does there. */

#include <stdlib.h>

#include "handlers.h"

unsigned requests;

DOVERB_SETUP {
    requests = 0;
    if (getenv("OWN_ATTRIBUTES") != NULL) {
        doverb_set_server_version("Own/2");
        doverb_set_sys_version("Caf\u00e9/3");
        doverb_set_error_message_format("%(code)d|%(message)s|%(explain)s|100%%\n");
        doverb_set_error_content_type("text/plain; charset=utf-8");
    }
}

DOVERB_HANDLE_EXPECT_100 {
    if (doverb_starts_with(doverb_path(), "/refuse")) {
        doverb_send_error(417);
        return false;
    }
    return doverb_handle_expect_100();
}

DOVERB_METHOD(GET) {
    requests++;
    serve(doverb_path_only());
}

DOVERB_METHOD(HEAD) {
    do_GET();
}

DOVERB_METHOD(POST) {
    do_GET();
}

DOVERB_METHOD(PUT) {
    requests++;
    doverb_string body = read_exactly(content_length());
    doverb_send_response(201);
    doverb_send_header("Location", doverb_path());
    doverb_send_header("Content-Length", 0);
    doverb_send_header("X-Length", body.length);
    doverb_end_headers();
}

DOVERB_METHOD(DELETE) {
    requests++;
    doverb_send_response(204);
    doverb_end_headers();
}

DOVERB_METHOD(OPTIONS) {
    requests++;
    doverb_send_response_only(200, DOVERB_NONE);
    doverb_send_header("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, SPAM, M-SEARCH");
    doverb_send_header("Content-Length", 0);
    doverb_end_headers();
}

DOVERB_METHOD(SPAM) {
    requests++;
    text(doverb_format("spam, %s and spam", doverb_command().data), DOVERB_STRING("Lovely Spam"));
}

DOVERB_METHOD_AS(M_SEARCH, "M-SEARCH") {
    do_SPAM();
}
