/* What the parts of the module have in common. */
#ifndef DOVERB_NATIVE_H
#define DOVERB_NATIVE_H

#include "python.h"

/* Each adds what it has to the module. False for a failure. */
bool add_gathered(PyObject *module);
bool add_requests(PyObject *module);

/* Puts a value in the place of another. */
static inline void set(PyObject **place, PyObject *value) {
    PyObject *before = *place;
    Py_IncRef(value);
    *place = value;
    if (before != NULL) Py_DecRef(before);
}

/* The same with one that is the caller's own. */
static inline void give(PyObject **place, PyObject *value) {
    set(place, value);
    Py_DecRef(value);
}

static inline PyObject *none(void) {
    Py_IncRef(Py_None);
    return Py_None;
}

/* Whether a text begins with these characters, whatever their case. The second is in small letters, and no longer than the text. */
static inline bool begins_with(const char *text, const char *lower, Py_ssize_t length) {
    for (Py_ssize_t place = 0; place < length; place++) {
        char c = text[place];
        if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != lower[place]) return false;
    }
    return true;
}

/* Adds a value that is the caller's own, or has failed, to a module. */
static inline bool add(PyObject *module, const char *name, PyObject *value) {
    if (value == NULL) return false;
    bool is_added = PyModule_AddObjectRef(module, name, value) == 0;
    Py_DecRef(value);
    return is_added;
}

#endif
