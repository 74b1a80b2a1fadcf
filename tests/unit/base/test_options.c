/* Flags, environment words and what is said about wrong ones. */
#include "common/options.h"

#include "harness.h"

#include <fcntl.h>
#include <unistd.h>

#define MOST_ARGUMENTS 8

static struct settings {
    const char *folder;
    int64_t port;
    bool quiet;
    struct base_list pass, rest;
} settings;

static const struct base_option options[] = {
    {"state-dir", BASE_OPTION_TEXT, &settings.folder, "TEST_STATE_DIR", "DIR",
     "where things are kept"},
    {"port", BASE_OPTION_INT, &settings.port, "TEST_PORT", "PORT", "port", 0, 65535},
    {"quiet", BASE_OPTION_FLAG, &settings.quiet, "TEST_QUIET", NULL, "say nothing"},
    {"pass", BASE_OPTION_LIST, &settings.pass, NULL, "HOST", "let through"},
};

static const struct base_program program = {
    .name = "tester",
    .summary = "a program",
    .usage = "[options] FILE...",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .more = "More text.",
};

static enum base_status parse(const char *const *words, bool with_rest, bool *done,
                              struct base_error *err)
{
    char *argv[MOST_ARGUMENTS + 1] = {(char *)"tester"};
    int argc = 1;

    settings = (struct settings){.folder = "/default", .port = 80};
    for (; *words; words++)
        argv[argc++] = (char *)*words;
    memset(err, 0, sizeof *err);
    return base_options_parse(&program, argc, argv, with_rest ? &settings.rest : NULL, done, err);
}

static void forget(void)
{
    free(settings.pass.items);
    free(settings.rest.items);
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void values_come_in_all_forms(void **state)
{
    struct base_error err;
    bool done;

    (void)state;
    assert_int_equal(
        parse(WORDS("--state-dir=/x=y", "--port", "443", "--quiet", "a", "--", "--port", "-"), true,
              &done, &err),
        BASE_OK);
    assert_false(done);
    assert_string_equal(settings.folder, "/x=y");
    assert_int_equal(settings.port, 443);
    assert_true(settings.quiet);
    assert_int_equal(settings.rest.count, 3);
    assert_string_equal(settings.rest.items[1], "--port");
    forget();
    assert_int_equal(parse(WORDS("--pass", "a", "--pass=b", "--quiet=false"), false, &done, &err),
                     BASE_OK);
    assert_int_equal(settings.pass.count, 2);
    assert_string_equal(settings.pass.items[1], "b");
    assert_false(settings.quiet);
    assert_string_equal(settings.folder, "/default");
    forget();
}

static void the_flag_wins_over_the_environment(void **state)
{
    struct base_error err;
    bool done;

    (void)state;
    setenv("TEST_STATE_DIR", "/env", 1);
    setenv("TEST_PORT", "81", 1);
    setenv("TEST_QUIET", "true", 1);
    assert_int_equal(parse(WORDS("--port=82"), false, &done, &err), BASE_OK);
    assert_string_equal(settings.folder, "/env");
    assert_int_equal(settings.port, 82);
    assert_true(settings.quiet);
    setenv("TEST_PORT", "many", 1);
    assert_int_equal(parse(WORDS("--port=82"), false, &done, &err), BASE_INVALID);
    assert_non_null(strstr(err.message, "TEST_PORT"));
    unsetenv("TEST_PORT");
    setenv("TEST_QUIET", "perhaps", 1);
    assert_int_equal(parse(WORDS("--port=82"), false, &done, &err), BASE_INVALID);
    assert_non_null(strstr(err.message, "TEST_QUIET"));
    setenv("TEST_STATE_DIR", "", 1); /* empty counts as absent */
    unsetenv("TEST_QUIET");
    assert_int_equal(parse(WORDS("--port=82"), false, &done, &err), BASE_OK);
    assert_string_equal(settings.folder, "/default");
    unsetenv("TEST_STATE_DIR");
}

static void wrong_words_are_named(void **state)
{
    static const char *const cases[][3] = {
        {"--nonsense", NULL, "--nonsense"}, {"--port", NULL, "--port wants a value"},
        {"--port=x", NULL, "\"x\""},        {"--port", "65536", "65536"},
        {"--port=-1", NULL, "0 to 65535"},  {"-p", NULL, "-p"},
        {"word", NULL, "\"word\""},         {"--quiet=maybe", NULL, "maybe"},
        {"--por=1", NULL, "--por"},         {"--port=", NULL, "--port"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct base_error err;
        bool done;
        const char *words[] = {cases[i][0], cases[i][1], NULL};
        assert_int_equal(parse(words, false, &done, &err), BASE_INVALID);
        if (!strstr(err.message, cases[i][2]))
            fail_msg("%s: %s", cases[i][0], err.message);
        forget();
    }
}

/* What a call prints on `fd`. */
static char *printed(int fd, const char *word)
{
    struct base_buf text = {0};
    struct base_error err = {0};
    char path[] = "/tmp/test_options_XXXXXX", part[4096];
    int file = mkstemp(path), keep = dup(fd);
    bool done = false;
    ssize_t got;

    fflush(NULL);
    dup2(file, fd);
    if (fd == STDERR_FILENO) {
        base_error_set(&err, BASE_INVALID, NULL, "a %s sentence", word);
        assert_int_equal(base_usage_exit("tester", &err), 2);
    } else {
        assert_int_equal(parse(WORDS(word, "--nonsense"), false, &done, &err), BASE_OK);
        assert_true(done);
    }
    fflush(NULL);
    dup2(keep, fd);
    close(keep);
    lseek(file, 0, SEEK_SET);
    base_buf_append(&text, "", 0);
    while ((got = read(file, part, sizeof part)) > 0)
        base_buf_append(&text, part, (size_t)got);
    close(file);
    unlink(path);
    return base_buf_take(&text);
}

static void help_shows_every_row(void **state)
{
    (void)state;
    char *text = printed(STDOUT_FILENO, "--help");
    for (size_t i = 0; i < program.option_count; i++) {
        assert_non_null(strstr(text, options[i].name));
        assert_non_null(strstr(text, options[i].help));
        if (options[i].env)
            assert_non_null(strstr(text, options[i].env));
    }
    assert_non_null(strstr(text, "/default"));
    assert_non_null(strstr(text, "More text."));
    free(text);
    text = printed(STDOUT_FILENO, "--version");
    assert_string_equal(text, "tester " BASE_VERSION "\n");
    free(text);
    text = printed(STDERR_FILENO, "clear");
    assert_string_equal(text, "tester: a clear sentence\n");
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_come_in_all_forms),
        cmocka_unit_test(the_flag_wins_over_the_environment),
        cmocka_unit_test(wrong_words_are_named),
        cmocka_unit_test(help_shows_every_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
