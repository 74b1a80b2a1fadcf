/* Arenas, buffers and errors. */
#include "common/mem.h"

#include "harness.h"

static void arena_memory_is_zeroed_and_aligned(void **state)
{
    struct base_arena arena;
    static const char zeros[300];

    (void)state;
    base_arena_init(&arena);
    for (int round = 0; round < 3; round++) {
        for (size_t size = 0; size < 300; size += 7) {
            char *memory = base_arena_alloc(&arena, size);
            assert_int_equal((uintptr_t)memory % 16, 0);
            assert_memory_equal(memory, zeros, size);
            memset(memory, 0xff, size);
        }
        char *large = base_arena_alloc(&arena, 1 << 20);
        assert_int_equal(large[0] | large[(1 << 20) - 1], 0);
        memset(large, 0xff, 1 << 20);
        base_arena_reset(&arena);
    }
    base_arena_release(&arena);
    base_arena_release(&arena);
}

static void arena_texts_are_copies(void **state)
{
    struct base_arena arena;
    char text[] = "hello";

    (void)state;
    base_arena_init(&arena);
    char *copy = base_arena_strdup(&arena, text), *part = base_arena_strndup(&arena, text, 2);
    text[0] = 'j';
    assert_string_equal(copy, "hello");
    assert_string_equal(part, "he");
    assert_null(base_arena_strdup(&arena, NULL));
    assert_string_equal(base_arena_strndup(&arena, NULL, 0), "");
    assert_string_equal(base_arena_printf(&arena, "%s-%d", copy, 7), "hello-7");
    base_arena_release(&arena);
}

static void buffers_grow_and_end_with_nul(void **state)
{
    struct base_buf buf = {0};

    (void)state;
    base_buf_append(&buf, "", 0);
    assert_string_equal(buf.data, "");
    for (int i = 0; i < 1000; i++) {
        base_buf_printf(&buf, "%03d", i);
        assert_int_equal(buf.data[buf.len], 0);
    }
    assert_int_equal(buf.len, 3000);
    base_buf_drop(&buf, 2994);
    assert_string_equal(buf.data, "998999");
    base_buf_drop(&buf, 0);
    base_buf_putc(&buf, '!');
    base_buf_puts(&buf, "?");
    assert_string_equal(buf.data, "998999!?");
    base_buf_clear(&buf);
    assert_string_equal(buf.data, "");
    base_buf_append(&buf, "a\0b", 3);
    assert_int_equal(buf.len, 3);
    char *taken = base_buf_take(&buf);
    assert_memory_equal(taken, "a\0b", 4);
    free(taken);
    assert_null(buf.data);
    taken = base_buf_take(&buf);
    assert_string_equal(taken, "");
    free(taken);
    base_buf_drop(&buf, 0);
    base_buf_release(&buf);
}

static void heap_texts_are_copies(void **state)
{
    (void)state;
    assert_null(base_strdup(NULL));
    char *text = base_asprintf("%s %d", "x", 12), *part = base_strndup(text, 1);
    assert_string_equal(text, "x 12");
    assert_string_equal(part, "x");
    char *empty = base_alloc(0);
    assert_non_null(empty);
    text = base_realloc(text, 100);
    assert_string_equal(text, "x 12");
    free(empty);
    free(text);
    free(part);
}

static void the_first_error_wins(void **state)
{
    struct base_error err = {0};
    char large[3000];

    (void)state;
    memset(large, 'x', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    assert_int_equal(base_error_set(&err, BASE_CONFLICT, "Code", "%s", large), BASE_CONFLICT);
    assert_int_equal(base_error_set(&err, BASE_IO, NULL, "second"), BASE_IO);
    base_error_target(&err, "field%d", 1);
    base_error_target(&err, "other");
    assert_int_equal(err.status, BASE_CONFLICT);
    assert_string_equal(err.code, "Code");
    assert_string_equal(err.target, "field1");
    assert_int_equal(strlen(err.message), sizeof err.message - 1);
    base_error_clear(&err);
    assert_int_equal(err.status, BASE_OK);
    assert_int_equal(base_error_set(NULL, BASE_IO, NULL, "nobody cares"), BASE_IO);
    base_error_target(NULL, "x");
    base_error_clear(NULL);
}

static void http_statuses_have_a_meaning(void **state)
{
    static const struct {
        int http;
        enum base_status status;
    } cases[] = {{200, BASE_OK},
                 {204, BASE_OK},
                 {304, BASE_INVALID},
                 {400, BASE_INVALID},
                 {401, BASE_UNAUTHENTICATED},
                 {403, BASE_DENIED},
                 {404, BASE_NOT_FOUND},
                 {409, BASE_CONFLICT},
                 {412, BASE_CONFLICT},
                 {413, BASE_TOO_LARGE},
                 {418, BASE_INVALID},
                 {429, BASE_THROTTLED},
                 {500, BASE_UNAVAILABLE},
                 {502, BASE_UNAVAILABLE},
                 {503, BASE_UNAVAILABLE}};

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(base_status_of_http(cases[i].http), cases[i].status);
    for (int i = BASE_OK; i <= BASE_UNSUPPORTED; i++)
        assert_true(strlen(base_status_name((enum base_status)i)) > 1);
    assert_string_equal(base_status_name((enum base_status)99), "?");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_and_aligned),
        cmocka_unit_test(arena_texts_are_copies),
        cmocka_unit_test(buffers_grow_and_end_with_nul),
        cmocka_unit_test(heap_texts_are_copies),
        cmocka_unit_test(the_first_error_wins),
        cmocka_unit_test(http_statuses_have_a_meaning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
