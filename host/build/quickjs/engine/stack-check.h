/* Comes before each file of QuickJS's, which asks for `__wasi__` to leave out the check of the stack. Here it works: the stack
   that is looked at is the one in the memory, and `src/lib.rs` says how deep it may be. The headers of the C library need the
   name, so they come first. */
#include <wasi/api.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
#undef __wasi__
