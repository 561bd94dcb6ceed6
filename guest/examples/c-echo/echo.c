/* Answers POST and PUT with the request's body, as it comes: a body of any size takes constant memory. */

#include "doverb.h"

DOVERB_SETUP {
    doverb_set_protocol_version("HTTP/1.1");
}

DOVERB_METHOD(POST) {
    static char piece[65536];
    doverb_string content_type = doverb_header("Content-Type");
    doverb_string length = doverb_header("Content-Length");

    doverb_send_response(200);
    doverb_send_header("Content-Type", content_type.data ? content_type : DOVERB_STRING("application/octet-stream"));
    if (length.data) {
        doverb_send_header("Content-Length", length);
    }
    doverb_end_headers();
    for (size_t size; (size = doverb_read1(piece, sizeof piece)) > 0;) {
        doverb_write(piece, size);
    }
}

DOVERB_METHOD(PUT) {
    do_POST();
}
