/* Values that outlive a request, and configuration: what a server has granted by --keyvalue, --config-value and --secret.
 *
 *     #include "doverb.h"
 *     #include "doverb-store.h"
 *     DOVERB_METHOD(GET) { int64_t visits = doverb_store_increment(doverb_store_open("default"), "visits", 1); ... }
 *
 * A call that fails ends the method, unless it is in DOVERB_CATCH: the kind is DOVERB_OTHER then, and its code is
 * "access-denied" for a store that was not granted, "no-such-store", or "store" for everything else. */
#ifndef DOVERB_STORE_H
#define DOVERB_STORE_H

#include "doverb.h"

/* A store that is open. It stays so as long as the instance. */
typedef uint32_t doverb_store;

/* A page of keys, in the order of their bytes, and what the next one is asked for with: DOVERB_NONE for the last one. */
typedef struct doverb_keys {
    const doverb_string *keys;
    size_t count;
    doverb_string cursor;
} doverb_keys;

/* A key with a value. */
typedef struct doverb_entry {
    doverb_string key, value;
} doverb_entry;

/* The store of this name: doverb_store_open("default"). */
#define doverb_store_open(name) doverb_do_store_open(DOVERB_TEXT(name))
/* The value of a key, or DOVERB_NONE if it is not there. */
#define doverb_store_get(store, key) doverb_do_store_get((store), DOVERB_TEXT(key))
/* Gives a key a value, which is kept when the call returns. */
#define doverb_store_set(store, key, value) doverb_do_store_set((store), DOVERB_TEXT(key), DOVERB_TEXT(value))
#define doverb_store_set_bytes(store, key, data, length)                                                                     \
    doverb_do_store_set((store), DOVERB_TEXT(key), doverb_option(1, (const char *)(data), (length)))
/* Takes a key away, if it is there. */
#define doverb_store_delete(store, key) doverb_do_store_delete((store), DOVERB_TEXT(key))
#define doverb_store_exists(store, key) doverb_do_store_exists((store), DOVERB_TEXT(key))
/* The first keys, for DOVERB_NONE, or those behind a page that has a cursor. */
#define doverb_store_keys(store, cursor) doverb_do_store_keys((store), (cursor))
/* Adds to a number, and returns the sum. Nobody comes between. A key that is not there counts as 0. */
#define doverb_store_increment(store, key, by) doverb_do_store_increment((store), DOVERB_TEXT(key), (by))
/* Gives a key a value if it has the one that is expected, DOVERB_NONE for none. Whether it did. */
#define doverb_store_swap(store, key, expected, value)                                                                       \
    doverb_do_store_swap((store), DOVERB_TEXT(key), (expected), DOVERB_TEXT(value))
/* The values of as many keys, in their order, each DOVERB_NONE if it is not there; NULL when that failed. */
#define doverb_store_get_many(store, keys, count) doverb_do_store_get_many((store), (keys), (count))
/* Gives keys their values, all of them or, when that fails, none: `doverb_entry entries[] = {{key, value}, ...}`. */
#define doverb_store_set_many(store, entries, count) doverb_do_store_set_many((store), (entries), (count))
/* Takes keys away, all that are there. */
#define doverb_store_delete_many(store, keys, count) doverb_do_store_delete_many((store), (keys), (count))
/* A value or secret of the configuration, or DOVERB_NONE. */
#define doverb_config(name) doverb_do_config(DOVERB_TEXT(name))

/* ---- What follows is not for handlers ---- */

/* What these calls give, in words. */
typedef struct doverb_kept {
    uint32_t words[6];
    uint64_t aligned[0];
} doverb_kept;

#define DOVERB_POWER(interface, name, result, parameters, identifier)                                                        \
    DOVERB_C __attribute__((import_module("wasi:" interface), import_name(name))) result doverb_import_##identifier parameters

DOVERB_POWER("keyvalue/store@0.2.0-draft2", "open", void, (const char *, size_t, doverb_kept *), store_open);
DOVERB_POWER("keyvalue/store@0.2.0-draft2", "[method]bucket.get", void, (uint32_t, const char *, size_t, doverb_kept *),
             bucket_get);
DOVERB_POWER("keyvalue/store@0.2.0-draft2", "[method]bucket.set", void,
             (uint32_t, const char *, size_t, const char *, size_t, doverb_kept *), bucket_set);
DOVERB_POWER("keyvalue/store@0.2.0-draft2", "[method]bucket.delete", void, (uint32_t, const char *, size_t, doverb_kept *),
             bucket_delete);
DOVERB_POWER("keyvalue/store@0.2.0-draft2", "[method]bucket.exists", void, (uint32_t, const char *, size_t, doverb_kept *),
             bucket_exists);
DOVERB_POWER("keyvalue/store@0.2.0-draft2", "[method]bucket.list-keys", void,
             (uint32_t, int32_t, const char *, size_t, doverb_kept *), bucket_list_keys);
DOVERB_POWER("keyvalue/atomics@0.2.0-draft2", "increment", void, (uint32_t, const char *, size_t, int64_t, doverb_kept *),
             increment);
DOVERB_POWER("keyvalue/atomics@0.2.0-draft2", "[static]cas.new", void, (uint32_t, const char *, size_t, doverb_kept *), cas_new);
DOVERB_POWER("keyvalue/atomics@0.2.0-draft2", "[method]cas.current", void, (uint32_t, doverb_kept *), cas_current);
DOVERB_POWER("keyvalue/atomics@0.2.0-draft2", "swap", void, (uint32_t, const char *, size_t, doverb_kept *), swap);
DOVERB_POWER("keyvalue/atomics@0.2.0-draft2", "[resource-drop]cas", void, (uint32_t), cas_drop);
DOVERB_POWER("keyvalue/batch@0.2.0-draft2", "get-many", void, (uint32_t, const doverb_string *, size_t, doverb_kept *), get_many);
DOVERB_POWER("keyvalue/batch@0.2.0-draft2", "set-many", void, (uint32_t, const doverb_entry *, size_t, doverb_kept *), set_many);
DOVERB_POWER("keyvalue/batch@0.2.0-draft2", "delete-many", void, (uint32_t, const doverb_string *, size_t, doverb_kept *),
             delete_many);
DOVERB_POWER("config/store@0.2.0-rc.1", "get", void, (const char *, size_t, doverb_kept *), config_get);

DOVERB_INLINE doverb_string doverb_kept_text(const doverb_kept *kept, size_t word) {
    return doverb_option(1, (const char *)(uintptr_t)kept->words[word], kept->words[word + 1]);
}

/* An error of the store, which begins at a word. */
DOVERB_INLINE void doverb_kept_raise(const doverb_kept *kept, size_t word) {
    doverb_result failure;
    memset(&failure, 0, sizeof failure);
    failure.kind = DOVERB_OTHER;
    switch ((uint8_t)kept->words[word]) {
    case 0:
        failure.code = DOVERB_STRING("no-such-store");
        failure.text = DOVERB_STRING("there is no store of this name");
        break;
    case 1:
        failure.code = DOVERB_STRING("access-denied");
        failure.text = DOVERB_STRING("the handler was not granted this store");
        break;
    default:
        failure.code = DOVERB_STRING("store");
        failure.text = doverb_kept_text(kept, word + 1);
    }
    doverb_raise(failure);
}

/* Whether the call went well. */
DOVERB_INLINE bool doverb_kept_good(const doverb_kept *kept) {
    if ((uint8_t)kept->words[0] == 0) return true;
    doverb_kept_raise(kept, 1);
    return false;
}

DOVERB_INLINE doverb_string doverb_kept_value(const doverb_kept *kept) {
    if (!doverb_kept_good(kept) || (uint8_t)kept->words[1] == 0) return DOVERB_NONE;
    doverb_string value = doverb_kept_text(kept, 2);
    /* An empty value is there. */
    return value.length == 0 ? DOVERB_STRING("") : value;
}

DOVERB_INLINE doverb_store doverb_do_store_open(doverb_string name) {
    doverb_kept kept;
    doverb_import_store_open(name.data, name.length, &kept);
    return doverb_kept_good(&kept) ? kept.words[1] : 0;
}

DOVERB_INLINE doverb_string doverb_do_store_get(doverb_store store, doverb_string key) {
    doverb_kept kept;
    doverb_import_bucket_get(store, key.data, key.length, &kept);
    return doverb_kept_value(&kept);
}

DOVERB_INLINE void doverb_do_store_set(doverb_store store, doverb_string key, doverb_string value) {
    doverb_kept kept;
    doverb_import_bucket_set(store, key.data, key.length, value.data, value.length, &kept);
    doverb_kept_good(&kept);
}

DOVERB_INLINE void doverb_do_store_delete(doverb_store store, doverb_string key) {
    doverb_kept kept;
    doverb_import_bucket_delete(store, key.data, key.length, &kept);
    doverb_kept_good(&kept);
}

DOVERB_INLINE bool doverb_do_store_exists(doverb_store store, doverb_string key) {
    doverb_kept kept;
    doverb_import_bucket_exists(store, key.data, key.length, &kept);
    return doverb_kept_good(&kept) && (uint8_t)kept.words[1] != 0;
}

DOVERB_INLINE doverb_keys doverb_do_store_keys(doverb_store store, doverb_string cursor) {
    doverb_kept kept;
    doverb_keys page;
    memset(&page, 0, sizeof page);
    doverb_import_bucket_list_keys(store, cursor.data != NULL, cursor.data, cursor.length, &kept);
    if (!doverb_kept_good(&kept)) return page;
    /* A text is the same for the host and here. */
    page.keys = (const doverb_string *)(uintptr_t)kept.words[1];
    page.count = kept.words[2];
    if ((uint8_t)kept.words[3] != 0) page.cursor = doverb_kept_text(&kept, 4);
    return page;
}

DOVERB_INLINE int64_t doverb_do_store_increment(doverb_store store, doverb_string key, int64_t by) {
    doverb_kept kept;
    doverb_import_increment(store, key.data, key.length, by, &kept);
    if ((uint8_t)kept.words[0] == 0) return (int64_t)((uint64_t)kept.words[3] << 32 | kept.words[2]);
    doverb_kept_raise(&kept, 2);
    return 0;
}

DOVERB_INLINE bool doverb_do_store_swap(doverb_store store, doverb_string key, doverb_string expected, doverb_string value) {
    doverb_kept kept;
    doverb_import_cas_new(store, key.data, key.length, &kept);
    if (!doverb_kept_good(&kept)) return false;
    uint32_t cas = kept.words[1];
    doverb_import_cas_current(cas, &kept);
    doverb_string current = doverb_kept_value(&kept);
    if ((current.data == NULL) != (expected.data == NULL) || !doverb_same(current, expected)) {
        doverb_import_cas_drop(cas);
        return false;
    }
    doverb_import_swap(cas, value.data, value.length, &kept);
    if ((uint8_t)kept.words[0] == 0) return true;
    if ((uint8_t)kept.words[1] == 0) doverb_kept_raise(&kept, 2);
    else doverb_import_cas_drop(kept.words[2]);
    return false;
}

/* One of many, as the host gives it. */
typedef struct doverb_kept_entry {
    uint32_t there;
    doverb_entry entry;
} doverb_kept_entry;

DOVERB_INLINE const doverb_string *doverb_do_store_get_many(doverb_store store, const doverb_string *keys, size_t count) {
    doverb_kept kept;
    doverb_import_get_many(store, keys, count, &kept);
    if (!doverb_kept_good(&kept)) return NULL;
    const doverb_kept_entry *given = (const doverb_kept_entry *)(uintptr_t)kept.words[1];
    size_t most = kept.words[2];
    doverb_string *values = (doverb_string *)doverb_arena_take(count * sizeof *values + 1, sizeof(void *));
    for (size_t i = 0; i < count; i++) {
        bool there = i < most && (uint8_t)given[i].there != 0;
        values[i] = there ? doverb_option(1, given[i].entry.value.data, given[i].entry.value.length) : DOVERB_NONE;
        /* An empty value is there. */
        if (there && values[i].length == 0) values[i] = DOVERB_STRING("");
    }
    return values;
}

DOVERB_INLINE void doverb_do_store_set_many(doverb_store store, const doverb_entry *entries, size_t count) {
    doverb_kept kept;
    doverb_import_set_many(store, entries, count, &kept);
    doverb_kept_good(&kept);
}

DOVERB_INLINE void doverb_do_store_delete_many(doverb_store store, const doverb_string *keys, size_t count) {
    doverb_kept kept;
    doverb_import_delete_many(store, keys, count, &kept);
    doverb_kept_good(&kept);
}

DOVERB_INLINE doverb_string doverb_do_config(doverb_string name) {
    doverb_kept kept;
    doverb_import_config_get(name.data, name.length, &kept);
    if ((uint8_t)kept.words[0] != 0 || (uint8_t)kept.words[1] == 0) return DOVERB_NONE;
    return doverb_kept_text(&kept, 2);
}

#endif
