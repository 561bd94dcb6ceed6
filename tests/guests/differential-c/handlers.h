/* What the files of this handler share. */
#ifndef HANDLERS_H
#define HANDLERS_H

#include "doverb.h"

extern unsigned requests;

unsigned long content_length(void);
doverb_string read_exactly(unsigned long size);
doverb_string read_line(unsigned long size);
/* `int(text)`: anything else fails. */
unsigned long long number(doverb_string text);
void text(doverb_string text, doverb_string phrase);
void serve(doverb_string path);
void run(doverb_string query);

#endif
