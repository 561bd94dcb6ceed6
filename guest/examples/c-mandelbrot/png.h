/* Writes a square PNG with a palette row by row. The rows are stored as they are, so its length is known before. */
#ifndef PNG_H
#define PNG_H

#include <stdint.h>

typedef struct png {
    unsigned size;
    unsigned row;
    uint32_t adler_a, adler_b;
} png;

unsigned png_length(unsigned size);
png png_begin(unsigned size);
void png_row(png *image, const unsigned char *pixels);
void png_end(png *image);

#endif
