/* tests/unit/dataplane/vectors.h: what the replays of tests/data/vectors share. Everything is static: one program a test. */
#ifndef TESTS_UNIT_DATAPLANE_VECTORS_H
#define TESTS_UNIT_DATAPLANE_VECTORS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/text.h"
#include "reference/dataplane/reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A vector file, read with the dataplane's own reader so that numbers keep their spelling. */
__attribute__((unused)) static const struct dp_token *vectors_load(struct base_arena *arena,
                                                                   const char *name)
{
    struct base_buf text = {0};
    struct base_error err = {0};
    char path[512];
    struct dp_token *token;

    (void)snprintf(path, sizeof path, "%s/vectors/%s", TEST_DATA, name);
    if (base_file_read(path, &text, &err) != BASE_OK)
        fail_msg("%s", err.message);
    token = dp_read(arena, text.data, text.len, DP_READ_WHOLE | DP_READ_DATES_TEXT, &err);
    if (!token)
        fail_msg("%s: %s", path, err.message);
    base_buf_release(&text);
    return token;
}

__attribute__((unused)) static const char *vectors_text(const struct dp_token *object,
                                                        const char *name)
{
    const struct dp_token *token = dp_object_get(object, name);

    return token && token->type == DP_STRING ? token->text.data : NULL;
}

__attribute__((unused)) static const char *vectors_json(struct base_arena *arena,
                                                        const struct dp_token *token)
{
    struct base_buf buf = {0};
    const char *text;

    if (token)
        dp_token_write(&buf, token);
    text = base_arena_strndup(arena, buf.len ? buf.data : "", buf.len);
    base_buf_release(&buf);
    return text;
}

struct vectors_tally {
    int passed, failed;
    struct {
        const char *reason;
        int count;
    } skips[8];
};

__attribute__((unused)) static void vectors_skip(struct vectors_tally *tally, const char *reason)
{
    for (int i = 0; i < 8; i++)
        if (!tally->skips[i].reason || strcmp(tally->skips[i].reason, reason) == 0) {
            tally->skips[i].reason = reason;
            tally->skips[i].count++;
            return;
        }
    fail_msg("too many kinds of skips");
}

/* Prints the table that keeps skips from being silent; fails the test when a vector failed. */
__attribute__((unused)) static void vectors_report(const char *name,
                                                   const struct vectors_tally *tally)
{
    print_message("%s: %d passed, %d failed\n", name, tally->passed, tally->failed);
    for (int i = 0; i < 8 && tally->skips[i].reason; i++)
        print_message("  skipped %3d: %s\n", tally->skips[i].count, tally->skips[i].reason);
    assert_int_equal(tally->failed, 0);
}

#endif
