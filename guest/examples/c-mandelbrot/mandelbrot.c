/* The Mandelbrot set as a PNG: /?x=-0.5&y=0&width=3&size=512&depth=200 */

#include <stdlib.h>

#include "doverb.h"
#include "png.h"

#define MAX_SIZE 1024
#define MAX_DEPTH 1000

typedef struct view {
    double x, y, width;
    unsigned size, depth;
} view;

DOVERB_SETUP {
    doverb_set_protocol_version("HTTP/1.1");
}

static double number(const char *name, double otherwise) {
    doverb_string text = doverb_query(name);
    return text.data ? strtod(text.data, NULL) : otherwise;
}

/* After how many steps the point is known to be outside; `depth` if it is not. */
static unsigned steps(double x, double y, unsigned depth) {
    double a = 0, b = 0;
    unsigned count = 0;
    while (count < depth && a * a + b * b < 4) {
        double next = a * a - b * b + x;
        b = 2 * a * b + y;
        a = next;
        count++;
    }
    return count;
}

static void draw_row(const view *view, unsigned row, unsigned char *pixels) {
    double step = view->width / view->size, left = view->x - view->width / 2;
    double y = view->y + view->width / 2 - row * step;
    for (unsigned column = 0; column < view->size; column++) {
        unsigned count = steps(left + column * step, y, view->depth);
        pixels[column] = count == view->depth ? 0 : (unsigned char)(1 + count % 255);
    }
}

DOVERB_METHOD(GET) {
    view view = {number("x", -0.5), number("y", 0), number("width", 3), 0, 0};
    double size = number("size", 512), depth = number("depth", 200);
    if (!(size >= 1 && size <= MAX_SIZE && depth >= 1 && depth <= MAX_DEPTH && view.width > 0)) {
        doverb_send_error_with(400, DOVERB_NONE, "size is 1 to 1024, depth 1 to 1000, width above 0");
        return;
    }
    view.size = (unsigned)size;
    view.depth = (unsigned)depth;

    doverb_send_response(200);
    doverb_send_header("Content-Type", "image/png");
    doverb_send_header("Content-Length", png_length(view.size));
    doverb_end_headers();
    png image = png_begin(view.size);
    unsigned char *pixels = doverb_alloc(view.size);
    for (unsigned row = 0; row < view.size; row++) {
        draw_row(&view, row, pixels);
        png_row(&image, pixels);
    }
    png_end(&image);
}
