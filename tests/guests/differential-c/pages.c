/* The pages. */

#include <ctype.h>
#include <stdlib.h>

#include "handlers.h"

unsigned long long number(doverb_string text) {
    char *end;
    unsigned long long value = strtoull(text.data, &end, 10);
    if (text.length == 0 || end != text.data + text.length) {
        doverb_fail(doverb_format("%s is no number", text.data));
    }
    return value;
}

unsigned long content_length(void) {
    doverb_string length = doverb_header("Content-Length");
    return length.data ? number(length) : 0;
}

doverb_string read_exactly(unsigned long size) {
    char *buffer = doverb_alloc(size);
    return (doverb_string){buffer, doverb_read(buffer, size)};
}

doverb_string read_line(unsigned long size) {
    char *buffer = doverb_alloc(size);
    return (doverb_string){buffer, doverb_readline(buffer, size)};
}

void text(doverb_string text, doverb_string phrase) {
    doverb_send_response_with(200, phrase);
    doverb_send_header("Content-Type", "text/plain; charset=utf-8");
    doverb_send_header("Content-Length", text.length);
    doverb_end_headers();
    if (!doverb_equals(doverb_command(), "HEAD")) {
        doverb_write_text(text);
    }
}

/* A character that Python's `quote` leaves as it is. */
static bool is_plain(unsigned char byte) {
    return isalnum(byte) || (byte != 0 && byte < 0x80 && strchr("_.-~ /:;,?=&()<>@*+#[]'\"", byte) != NULL);
}

/* A text of the client's on one line of ASCII: by its bytes in ISO-8859-1, of which UTF-8 has made one or two. */
static const char *shown(doverb_string text) {
    char *shown = doverb_alloc(3 * text.length + 1), *to = shown;
    for (size_t at = 0; at < text.length; at++) {
        unsigned char byte = (unsigned char)text.data[at];
        if (byte >= 0x80 && at + 1 < text.length) {
            byte = (unsigned char)(byte << 6 | (text.data[++at] & 0x3f));
        }
        if (is_plain(byte)) {
            *to++ = (char)byte;
        } else {
            to += sprintf(to, "%%%02X", byte);
        }
    }
    *to = '\0';
    return shown;
}

static const char *shown_bytes(doverb_string bytes) {
    char *shown = doverb_alloc(3 * bytes.length + 1), *to = shown;
    for (size_t at = 0; at < bytes.length; at++) {
        unsigned char byte = (unsigned char)bytes.data[at];
        to += is_plain(byte) ? sprintf(to, "%c", byte) : sprintf(to, "%%%02X", byte);
    }
    *to = '\0';
    return shown;
}

static void facts(void) {
    text(doverb_format("command: %s\npath: %s\nrequestline: %s\nrequest_version: %s\nprotocol_version: %s\n"
                       "close_connection: %s\nrequests: %u\nclient: %s %s",
                       shown(doverb_command()), shown(doverb_path()), shown(doverb_requestline()),
                       doverb_request_version().data, doverb_protocol_version().data,
                       doverb_close_connection() ? "true" : "false", requests, doverb_client_address().host.data,
                       doverb_address_string().data),
         DOVERB_NONE);
}

static void headers(void) {
    doverb_fields fields = doverb_headers();
    const char *lines = "";
    for (size_t at = 0; at < fields.count; at++) {
        lines = doverb_format("%s%s: %s\n", lines, shown(fields.items[at].name), shown(fields.items[at].value)).data;
    }
    doverb_string first = doverb_header("x-a");
    lines = doverb_format("%sget: %s\nget_all: ", lines, first.data ? shown(first) : "none").data;
    doverb_strings all = doverb_header_all("X-A");
    for (size_t at = 0; at < all.count; at++) {
        lines = doverb_format("%s%s%s", lines, at ? " | " : "", shown(all.items[at])).data;
    }
    text(DOVERB_TEXT(lines), DOVERB_NONE);
}

static void unframed(void) {
    doverb_send_response(200);
    doverb_send_header("Content-Type", "text/plain");
    doverb_end_headers();
    if (!doverb_equals(doverb_command(), "HEAD")) {
        doverb_write_text("a body ");
        doverb_write_text("without a length");
    }
}

static void echo(void) {
    doverb_string body = read_exactly(content_length());
    doverb_send_response(200);
    doverb_string type = doverb_header("Content-Type");
    doverb_send_header("Content-Type", type.data ? type : DOVERB_STRING("application/octet-stream"));
    doverb_send_header("Content-Length", body.length);
    doverb_end_headers();
    if (!doverb_equals(doverb_command(), "HEAD")) {
        doverb_write_text(body);
    }
}

static void lines(void) {
    unsigned long left = content_length();
    const char *lengths = "";
    while (left > 0) {
        doverb_string line = read_line(left < 20 ? left : 20);
        if (line.length == 0) {
            break;
        }
        left -= line.length;
        lengths = doverb_format("%s%s%zu", lengths, *lengths ? "," : "", line.length).data;
    }
    text(DOVERB_TEXT(lengths), DOVERB_NONE);
}

static void half(void) {
    doverb_string body = read_exactly(content_length() / 2);
    text(doverb_format("half: %s", shown_bytes(body)), DOVERB_NONE);
}

void serve(doverb_string path) {
    if (doverb_equals(path, "/")) {
        text(DOVERB_STRING("Hello, World!"), DOVERB_NONE);
    } else if (doverb_equals(path, "/sentinel")) {
        text(doverb_format("sentinel %u", requests), DOVERB_STRING("Sentinel"));
    } else if (doverb_equals(path, "/facts")) {
        facts();
    } else if (doverb_equals(path, "/headers")) {
        headers();
    } else if (doverb_equals(path, "/unframed")) {
        unframed();
    } else if (doverb_equals(path, "/echo")) {
        echo();
    } else if (doverb_equals(path, "/lines")) {
        lines();
    } else if (doverb_equals(path, "/half")) {
        half();
    } else if (doverb_equals(path, "/run")) {
        run(doverb_query_string());
    } else {
        doverb_send_error(404);
    }
}
