/* tests/fuzz/fuzz.h: what the fuzz targets share. Everything is static: one program a target. A broken promise aborts (FUZZ_CHECK), which
 * libFuzzer and the replay both report as a finding. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "common/mem.h"
#include "reference/dataplane/reader.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_UNUSED __attribute__((unused))

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FUZZ_CHECK(promise, ...)                                                                   \
    do {                                                                                           \
        if (!(promise)) {                                                                          \
            (void)fprintf(stderr, "%s:%d: broken: %s: ", __FILE__, __LINE__, #promise);            \
            (void)fprintf(stderr, __VA_ARGS__);                                                    \
            (void)fputc('\n', stderr);                                                             \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* A copy in a block of exactly this size: AddressSanitizer then sees the first byte read past the end. free() it. */
FUZZ_UNUSED static char *fuzz_exact(const void *data, size_t len)
{
    char *copy = malloc(len ? len : 1);

    FUZZ_CHECK(copy, "no memory");
    if (len)
        memcpy(copy, data, len);
    return copy;
}

/* A failure names its exception and says something. */
FUZZ_UNUSED static void fuzz_error(const struct base_error *err)
{
    FUZZ_CHECK(err->status != BASE_OK, "failed without a status");
    FUZZ_CHECK(err->code[0] && err->message[0], "failed without a word: \"%s\" \"%s\"", err->code,
               err->message);
}

struct fuzz_split {
    const char *expression; /* NUL-terminated */
    size_t expression_len;
    const char *document; /* exact size */
    size_t document_len;
};

/* The first line is the expression (up to a NUL byte), the rest the document. False: no line. */
FUZZ_UNUSED static bool fuzz_split(const uint8_t *data, size_t size, struct base_arena *arena,
                                   struct fuzz_split *out)
{
    const uint8_t *line = size ? memchr(data, '\n', size) : NULL;

    if (!line)
        return false;
    out->expression = base_arena_strndup(arena, (const char *)data, (size_t)(line - data));
    out->expression_len = strlen(out->expression);
    out->document = (const char *)line + 1;
    out->document_len = size - (size_t)(line - data) - 1;
    return true;
}

#endif
