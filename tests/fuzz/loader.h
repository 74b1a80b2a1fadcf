/* tests/fuzz/loader.h: what the two mapping loaders promise: a mapping or errors in words, and the same of the same text. */
#ifndef TESTS_FUZZ_LOADER_H
#define TESTS_FUZZ_LOADER_H

#include "fuzz.h"

#include "reference/dataplane/mapping_errors.h"

FUZZ_UNUSED static void fuzz_check_errors(bool loaded, const struct dp_mapping_errors *errors)
{
    FUZZ_CHECK(loaded == (errors->count == 0), "%s with %zu errors",
               loaded ? "loaded" : "not loaded", errors->count);
    FUZZ_CHECK(errors->count <= DP_MAPPING_ERRORS_MAX + 1, "%zu errors", errors->count);
    for (size_t i = 0; i < errors->count; i++) {
        const struct dp_mapping_error *error = &errors->items[i];
        struct base_buf line = {0};
        FUZZ_CHECK(error->message && error->message[0], "error %zu says nothing", i);
        FUZZ_CHECK(error->member && error->index >= -1, "error %zu has no place", i);
        FUZZ_CHECK(error->line >= 0 && error->position >= 0, "error %zu is nowhere", i);
        dp_mapping_error_text(error, &line);
        FUZZ_CHECK(line.len > 0, "error %zu prints nothing", i);
        base_buf_release(&line);
    }
}

FUZZ_UNUSED static void fuzz_same_errors(const struct dp_mapping_errors *a,
                                         const struct dp_mapping_errors *b)
{
    FUZZ_CHECK(a->count == b->count, "%zu errors, then %zu", a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        FUZZ_CHECK(strcmp(a->items[i].message, b->items[i].message) == 0 &&
                       a->items[i].line == b->items[i].line &&
                       a->items[i].position == b->items[i].position,
                   "\"%s\", then \"%s\"", a->items[i].message, b->items[i].message);
}

#endif
