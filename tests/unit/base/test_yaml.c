/* The YAML subset: what each text stands for, where it stands, and how each trap is refused. */
#include "common/file.h"
#include "common/text.h"
#include "common/yaml.h"

#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

static void assert_value(const char *yaml, const char *json)
{
    struct base_error err = {0};
    base_source_t *source = base_source_parse("t.yaml", yaml, strlen(yaml), &err);
    if (!source)
        fail_msg("%s: %s", yaml, err.message);
    char *printed = base_json_print(base_source_root(source));
    assert_string_equal(printed, json);
    free(printed);
    base_source_free(source);
}

static void assert_refused(const char *name, const char *text, const char *message)
{
    struct base_error err = {0};
    base_source_t *source = base_source_parse(name, text, strlen(text), &err);
    if (source)
        fail_msg("taken: %s", text);
    assert_int_equal(err.status, BASE_INVALID);
    if (!strstr(err.message, message))
        fail_msg("%s\ngave: %s\nwithout: %s", text, err.message, message);
}

static void only_json_literals_are_typed(void **state)
{
    (void)state;
    assert_value("[null, true, false, 0, -1, 3.5, 1e+25, 1234567890123]",
                 "[null,true,false,0,-1,3.5,1e+25,1234567890123]");
    assert_value("[~, yes, no, on, off, y, n, Null, TRUE, False, .inf, .nan]",
                 "[\"~\",\"yes\",\"no\",\"on\",\"off\",\"y\",\"n\",\"Null\",\"TRUE\",\"False\",\"."
                 "inf\",\".nan\"]");
    assert_value("[010, 0x1F, 0o7, 1_000, 1:30, 2024-01-01, +1, .5, 1., 1e, --1]",
                 "[\"010\",\"0x1F\",\"0o7\",\"1_000\",\"1:30\",\"2024-01-01\",\"+1\",\".5\",\"1.\","
                 "\"1e\",\"--1\"]");
    assert_value("['1', \"null\", '1.10', '12345678901234567890']",
                 "[\"1\",\"null\",\"1.10\",\"12345678901234567890\"]");
}

static void structures_and_texts(void **state)
{
    (void)state;
    assert_value("a: {b: [1, {c: d}], e: ''}\nf: |\n  two\n  lines\ng: >\n  one\n  line\n",
                 "{\"a\":{\"b\":[1,{\"c\":\"d\"}],\"e\":\"\"},\"f\":\"two\\nlines\\n\",\"g\":\"one "
                 "line\\n\"}");
    assert_value("---\n# a comment\nx: $(a.b)\ny: { z: $(name | other) }\n",
                 "{\"x\":\"$(a.b)\",\"y\":{\"z\":\"$(name | other)\"}}");
    assert_value("200: ok\nnull: x\n'<<': y\n", "{\"200\":\"ok\",\"null\":\"x\",\"<<\":\"y\"}");
    assert_value("\xef\xbb\xbf"
                 "a: \xc3\xa9\n",
                 "{\"a\":\"\xc3\xa9\"}"); /* a byte order mark */
    assert_value("just text", "\"just text\"");
}

static void numbers_that_would_change_are_refused(void **state)
{
    (void)state;
    assert_refused("t.yaml", "v: 1.10\n", "t.yaml:1:4: the number 1.10 would become 1.1; quote it");
    assert_refused("t.yaml", "v: 1.0\n", "would become 1;");
    assert_refused("t.yaml", "v: 12345678901234567890\n", "would become");
    assert_refused("t.yaml", "v: 1e3\n", "would become 1000;");
    assert_refused("t.yaml", "v: 1e999\n", "would become");
    assert_refused("t.yaml", "v: 0.1000000000000000055\n", "would become 0.1;");
}

static void yaml_features_are_refused_with_their_place(void **state)
{
    (void)state;
    assert_refused("t.yaml", "a: &x 1\nb: *x\n", "t.yaml:1:4: anchors are not allowed (&x)");
    assert_refused("t.yaml", "a: [&x {}]\n", "t.yaml:1:5: anchors");
    assert_refused("t.yaml", "b: *x\n", "t.yaml:1:4: aliases are not allowed (*x)");
    assert_refused("t.yaml", "*x : 1\n", "aliases are not allowed");
    assert_refused("t.yaml", "a: !!str 1\n", "t.yaml:1:4: tags are not allowed");
    assert_refused("t.yaml", "a: ! 1\n", "tags are not allowed");
    assert_refused("t.yaml", "!!map {}\n", "tags are not allowed");
    assert_refused("t.yaml", "a:\n  <<: {}\n", "t.yaml:2:3: merge keys");
    assert_refused("t.yaml", "a: 1\n---\nb: 2\n", "t.yaml:2:1: a second document begins here");
    assert_refused("t.yaml", "%YAML 1.1\n---\na: 1\n", "directives");
    assert_refused("t.yaml", "a: 1\nb: 2\na: 3\n",
                   "t.yaml:3:1: the key 'a' is there twice, first in line 1");
    assert_refused("t.yaml", "{a: 1, \"a\": 2}", "there twice");
    assert_refused("t.yaml", "? [a]\n: b\n", "a key must be a text");
    assert_refused("t.yaml", "a: {{x}}\n", "a key must be a text");
    assert_refused("t.yaml", "a:\nb: 1\n", "there is no value here");
    assert_refused("t.yaml", "{a, b}", "there is no value here");
    assert_refused("t.yaml", "", "the file is empty");
    assert_refused("t.yaml", "# only this\n", "the file is empty");
    assert_refused("t.yaml", "a: \"x\\0y\"\n", "NUL");
}

static void broken_yaml_is_refused_with_its_place(void **state)
{
    (void)state;
    assert_refused("t.yaml", "a: [1, 2\nb: 3\n", "t.yaml:2:");
    assert_refused("t.yaml", "a: 1\n  b: 2\n", "t.yaml:2:");
    assert_refused("t.yaml", "a: \"open\n", "found unexpected end of stream");
    assert_refused("t.yaml", "a:\n\t- b\n", "t.yaml:2:1:");
    assert_refused("t.yaml", "a: b\nc: \xff\n", "t.yaml:2:4:");
    assert_refused("t.yaml", "a: b: c\n", "mapping values are not allowed");
    assert_refused("t.yaml", "a: @b\n", "cannot start any token");
}

static void the_message_shows_line_and_carets(void **state)
{
    (void)state;
    struct base_error err = {0};
    const char *text = "first: 1\nsecond: 1.10 # here\n";

    assert_null(base_source_parse("dir/s.yaml", text, strlen(text), &err));
    assert_string_equal(
        err.message, "dir/s.yaml:2:9: the number 1.10 would become 1.1; quote it if it is text, or "
                     "write 1.1\n   2 | second: 1.10 # here\n     |         ^^^^");
}

static void show_keeps_columns_under_tabs_and_long_lines(void **state)
{
    (void)state;
    struct base_buf out = {0}, text = {0};
    base_source_t *source = base_source_parse("t.yaml", "\xc3\xa9\xc3\xa9: x\n", 8, NULL);

    base_source_show(source, 1, 5, 1, "here", &out);
    assert_string_equal(out.data, "t.yaml:1:5: here\n   1 | \xc3\xa9\xc3\xa9: x\n     |     ^\n");
    base_buf_clear(&out);
    base_source_show(source, 99, 3, 0, "past the end", &out);
    assert_string_equal(out.data, "t.yaml:99:3: past the end\n  99 | \n     | ^\n");
    base_source_free(source);
    base_buf_puts(&text, "k: ");
    for (int i = 0; i < 5000; i++)
        base_buf_puts(&text, "word ");
    source = base_source_parse("t.yaml", text.data, text.len, NULL);
    base_buf_clear(&out);
    base_source_show(source, 1, 2004, 4, "far", &out);
    assert_true(out.len < 500);
    assert_non_null(strstr(out.data, "^^^^"));
    base_source_free(source);
    base_buf_release(&out);
    base_buf_release(&text);
}

static void limits_hold(void **state)
{
    (void)state;
    struct base_buf text = {0};

    for (int i = 0; i < BASE_YAML_DEPTH; i++)
        base_buf_putc(&text, '[');
    for (int i = 0; i < BASE_YAML_DEPTH; i++)
        base_buf_putc(&text, ']');
    base_source_t *source = base_source_parse("t.yaml", text.data, text.len, NULL);
    assert_non_null(source); /* 32 deep is the most */
    base_source_free(source);
    base_buf_clear(&text);
    for (int i = 0; i < 5000; i++)
        base_buf_putc(&text, '[');
    assert_refused("t.yaml", text.data, "nested more than 32 deep");
    base_buf_clear(&text);
    base_buf_puts(&text, "[");
    for (int i = 0; i < BASE_YAML_NODES; i++)
        base_buf_puts(&text, "1,");
    base_buf_puts(&text, "]");
    assert_refused("t.yaml", text.data, "more than 20000 values");
    base_buf_clear(&text);
    for (int i = 0; i <= BASE_YAML_SCALAR; i++)
        base_buf_putc(&text, 'x');
    assert_refused("t.yaml", text.data, "at most 65536");
    base_buf_release(&text);
}

static void assert_place(const base_source_t *source, const char *dotted, const char *places)
{
    struct base_place at = {0};
    assert_true(base_source_place(source, base_json_at(base_source_root(source), dotted), &at));
    char *text = base_asprintf("%d:%d %d:%d", at.line, at.column, at.key_line, at.key_column);
    assert_string_equal(text, places);
    free(text);
}

static void every_node_knows_its_place(void **state)
{
    (void)state;
    const char *text = "top:\n  - name: x\n    list: [1, two]\n  - {a:   b}\n";
    base_source_t *source = base_source_parse("t.yaml", text, strlen(text), NULL);
    struct base_place at;
    cJSON *copy = base_json_copy(base_source_root(source));

    assert_place(source, "", "1:1 0:0");
    assert_place(source, "top", "2:3 1:1");
    assert_place(source, "top.0", "2:5 0:0");
    assert_place(source, "top.0.name", "2:11 2:5");
    assert_place(source, "top.0.list", "3:11 3:5");
    assert_place(source, "top.0.list.1", "3:15 0:0");
    assert_place(source, "top.1.a", "4:11 4:6");
    assert_false(base_source_place(source, copy, &at));
    assert_false(base_source_place(source, NULL, &at));
    assert_string_equal(base_source_name(source), "t.yaml");
    cJSON_Delete(copy);
    base_source_free(source);
}

static void json_is_taken_as_well(void **state)
{
    (void)state;
    const char *text = " \n {\"a\": [1, \"\\ud83d\\ude00\"]}\n";
    base_source_t *source = base_source_parse("t.json", text, strlen(text), NULL);

    assert_non_null(source);
    assert_string_equal(base_json_text(base_source_root(source), "a.1"), "\xf0\x9f\x98\x80");
    assert_place(source, "", "2:2 0:0");
    base_source_free(source);
    assert_refused("t.json", "{\"a\": 1,\n \"b\" 2}", "t.json:2:");
    assert_refused("t.json", "{} x", "t.json:1:4: there is text after");
    assert_refused("t.json", "{\"a\":1,\"a\":2}", "\"a\" is there twice");
    assert_refused("t.json", "", "not valid JSON");
}

static void files_are_loaded_by_their_ending(void **state)
{
    (void)state;
    char folder[] = "/tmp/iomt-yaml-XXXXXX";
    struct base_error err = {0};
    assert_non_null(mkdtemp(folder));
    char *yaml = base_asprintf("%s/a.yaml", folder), *odd = base_asprintf("%s/a.txt", folder);

    assert_int_equal(base_file_write(yaml, "a: 1\n", 5, 0600, NULL), BASE_OK);
    base_source_t *source = base_source_load(yaml, &err);
    assert_non_null(source);
    assert_int_equal(err.status, BASE_OK);
    assert_string_equal(err.target, "");
    base_source_free(source);
    assert_null(base_source_load(odd, &err));
    assert_int_equal(err.status, BASE_UNSUPPORTED);
    base_error_clear(&err);
    unlink(yaml);
    assert_null(base_source_load(yaml, &err));
    assert_int_equal(err.status, BASE_NOT_FOUND);
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
    free(yaml);
    free(odd);
}

/* Every prefix of a file with one of everything: taken or refused, never a crash. */
static void cut_files_never_crash(void **state)
{
    (void)state;
    const char *text =
        "a: [1, {b: \"\\u00e9\"}]\nc: |\n  text\nd: &x !t ~\n? e\n: *x\n...\n---\n\xc3\xa9: 'q'\n";

    for (size_t len = 0; len <= strlen(text); len++) {
        struct base_error err = {0};
        base_source_t *source = base_source_parse("t.yaml", text, len, &err);
        assert_int_equal(source != NULL, err.status == BASE_OK);
        base_source_free(source);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_json_literals_are_typed),
        cmocka_unit_test(structures_and_texts),
        cmocka_unit_test(numbers_that_would_change_are_refused),
        cmocka_unit_test(yaml_features_are_refused_with_their_place),
        cmocka_unit_test(broken_yaml_is_refused_with_its_place),
        cmocka_unit_test(the_message_shows_line_and_carets),
        cmocka_unit_test(show_keeps_columns_under_tabs_and_long_lines),
        cmocka_unit_test(limits_hold),
        cmocka_unit_test(every_node_knows_its_place),
        cmocka_unit_test(json_is_taken_as_well),
        cmocka_unit_test(files_are_loaded_by_their_ending),
        cmocka_unit_test(cut_files_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
