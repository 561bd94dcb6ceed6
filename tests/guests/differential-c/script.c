/* A script is a query: each of its pairs is a call of one member of the class. */

#include "handlers.h"

static doverb_string kept;

/* `*` is Python's None. */
static doverb_string optional(doverb_string value) {
    return doverb_equals(value, "*") ? DOVERB_NONE : value;
}

/* Takes what is before the next colon off the value; `*` when nothing is left. */
static doverb_string take(doverb_string *value) {
    if (value->data == NULL) {
        return DOVERB_STRING("*");
    }
    doverb_string first = doverb_before(*value, ':');
    bool more = memchr(value->data, ':', value->length) != NULL;
    *value = more ? doverb_after(*value, ':') : DOVERB_NONE;
    return first;
}

static void keep(doverb_string more) {
    char *both = doverb_alloc(kept.length + more.length + 1);
    memcpy(both, kept.data, kept.length);
    memcpy(both + kept.length, more.data, more.length);
    kept = (doverb_string){both, kept.length + more.length};
}

static bool is(doverb_string name, const char *step) {
    return doverb_equals(name, step);
}

static bool answer(doverb_string name, doverb_string value) {
    doverb_string rest = value, first = take(&rest);
    if (is(name, "response")) {
        doverb_send_response_with((int)number(first), optional(take(&rest)));
    } else if (is(name, "only")) {
        doverb_send_response_only((int)number(first), optional(take(&rest)));
    } else if (is(name, "header")) {
        doverb_send_header(first, rest.data ? rest : DOVERB_STRING(""));
    } else if (is(name, "error")) {
        doverb_string message = optional(take(&rest)), explain = optional(rest.data ? rest : DOVERB_STRING("*"));
        doverb_send_error_with((int)number(first), message, explain);
    } else if (is(name, "end")) {
        doverb_end_headers();
    } else if (is(name, "flush-headers")) {
        doverb_flush_headers();
    } else if (is(name, "continue")) {
        doverb_handle_expect_100();
    } else {
        return false;
    }
    return true;
}

static bool body(doverb_string name, doverb_string value) {
    if (is(name, "read")) {
        keep(read_exactly((unsigned long)number(value)));
    } else if (is(name, "line")) {
        keep(read_line((unsigned long)number(value)));
    } else if (is(name, "kept")) {
        doverb_write_text("[");
        doverb_write_text(kept);
        doverb_write_text("]");
    } else if (is(name, "write")) {
        doverb_write_text(value);
    } else if (is(name, "flush")) {
        doverb_flush();
    } else if (is(name, "state")) {
        doverb_write_text(doverb_close_connection() ? "true" : "false");
    } else if (is(name, "date")) {
        doverb_write_text(doverb_date_time_string((int64_t)number(value)));
    } else if (is(name, "version")) {
        doverb_write_text(doverb_version_string());
    } else {
        return false;
    }
    return true;
}

static bool attribute(doverb_string name, doverb_string value) {
    if (is(name, "close")) {
        doverb_set_close_connection(doverb_equals(value, "true"));
    } else if (is(name, "protocol")) {
        doverb_set_protocol_version(value);
    } else if (is(name, "server")) {
        doverb_set_server_version(value);
    } else if (is(name, "system")) {
        doverb_set_sys_version(value);
    } else if (is(name, "format")) {
        doverb_set_error_message_format(value);
    } else if (is(name, "type")) {
        doverb_set_error_content_type(value);
    } else if (is(name, "reason")) {
        doverb_string code = take(&value), phrase = take(&value);
        doverb_set_responses((int)number(code), phrase, value.data ? value : DOVERB_STRING(""));
    } else {
        return false;
    }
    return true;
}

void run(doverb_string query) {
    doverb_string name, value;
    kept = DOVERB_STRING("");
    while (doverb_form_next(&query, &name, &value)) {
        if (is(name, "fail")) {
            doverb_fail("asked for");
        }
        if (!answer(name, value) && !body(name, value) && !attribute(name, value)) {
            doverb_fail(doverb_format("no step %s", name.data));
        }
    }
}
