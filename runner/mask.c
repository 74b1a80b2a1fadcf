/* Decides what of a name or an address differs from run to run. */
#include "runner/mask.h"

#define SHORTEST_ID 8

static size_t hex_run(const char *text)
{
    size_t len = 0;

    while ((text[len] >= '0' && text[len] <= '9') || (text[len] >= 'a' && text[len] <= 'f') ||
           text[len] == '-')
        len++;
    return len;
}

void run_mask_ids(const char *text, struct base_buf *out)
{
    while (*text) {
        size_t len = *text == '-' ? 0 : hex_run(text);
        if (len >= SHORTEST_ID)
            base_buf_putc(out, '#');
        else
            base_buf_append(out, text, len ? len : 1);
        text += len ? len : 1;
    }
}
