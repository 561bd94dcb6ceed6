#include "png.h"

#include "doverb.h"

#define CHUNK 12 /* its length, name and checksum */
#define PALETTE (256 * 3)

static uint32_t crc_of(uint32_t crc, const unsigned char *data, size_t length) {
    crc = ~crc;
    for (size_t at = 0; at < length; at++) {
        crc ^= data[at];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
        }
    }
    return ~crc;
}

static void put_32(unsigned char *to, uint32_t number) {
    for (int at = 0; at < 4; at++) {
        to[at] = (unsigned char)(number >> (24 - 8 * at));
    }
}

/* `chunk` has room for its length before and its checksum behind the name and the `length` bytes. */
static void write_chunk(unsigned char *chunk, const char *name, uint32_t length) {
    put_32(chunk, length);
    memcpy(chunk + 4, name, 4);
    put_32(chunk + 8 + length, crc_of(0, chunk + 4, length + 4));
    doverb_write(chunk, length + CHUNK);
}

/* A row is a chunk with one stored block of zlib's: 5 bytes of header, and a byte for PNG's filter. */
static uint32_t block_length(unsigned size) {
    return 5 + 1 + size;
}

unsigned png_length(unsigned size) {
    unsigned fixed = 8 + (13 + CHUNK) + (PALETTE + CHUNK) + (2 + CHUNK) + (4 + CHUNK) + CHUNK;
    return fixed + size * (block_length(size) + CHUNK);
}

png png_begin(unsigned size) {
    png image = {size, 0, 1, 0};
    unsigned char header[13 + CHUNK], palette[PALETTE + CHUNK], zlib[2 + CHUNK];

    doverb_write("\x89PNG\r\n\x1a\n", 8);
    put_32(header + 8, size);
    put_32(header + 12, size);
    memcpy(header + 16, "\x08\x03\x00\x00\x00", 5);
    write_chunk(header, "IHDR", 13);
    for (int color = 0; color < 256; color++) {
        palette[8 + 3 * color] = (unsigned char)(color * 9);
        palette[9 + 3 * color] = (unsigned char)(color * 5);
        palette[10 + 3 * color] = (unsigned char)(color ? 60 + color * 13 : 0);
    }
    write_chunk(palette, "PLTE", PALETTE);
    memcpy(zlib + 8, "\x78\x01", 2);
    write_chunk(zlib, "IDAT", 2);
    return image;
}

static void add_to_adler(png *image, unsigned char byte) {
    image->adler_a = (image->adler_a + byte) % 65521;
    image->adler_b = (image->adler_b + image->adler_a) % 65521;
}

void png_row(png *image, const unsigned char *pixels) {
    static unsigned char chunk[CHUNK + 6 + 65536];
    unsigned length = image->size + 1;
    unsigned char *block = chunk + 8;

    image->row++;
    block[0] = image->row == image->size;
    block[1] = (unsigned char)length;
    block[2] = (unsigned char)(length >> 8);
    block[3] = (unsigned char)~block[1];
    block[4] = (unsigned char)~block[2];
    block[5] = 0;
    memcpy(block + 6, pixels, image->size);
    for (unsigned at = 0; at < length; at++) {
        add_to_adler(image, block[5 + at]);
    }
    write_chunk(chunk, "IDAT", block_length(image->size));
}

void png_end(png *image) {
    unsigned char sum[4 + CHUNK], end[CHUNK];

    put_32(sum + 8, image->adler_b << 16 | image->adler_a);
    write_chunk(sum, "IDAT", 4);
    write_chunk(end, "IEND", 0);
}
