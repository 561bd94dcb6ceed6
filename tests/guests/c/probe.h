#include "doverb.h"
#include "greeting.h"

void answer(const char *text);
