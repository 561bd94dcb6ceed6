/* The module `doverb._native`. */
#include "native.h"

static const PyModuleDef definition = {
    {{1, NULL}, NULL, 0, NULL}, "doverb._native", NULL, -1, NULL, NULL, NULL, NULL, NULL,
};

__attribute__((visibility("default"))) PyObject *PyInit__native(void) {
    PyObject *module = PyModule_Create2(&definition, PYTHON_ABI_VERSION);
    return module != NULL && add_gathered(module) && add_requests(module) ? module : NULL;
}
