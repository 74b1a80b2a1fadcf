/* Comparisons, encodings and URIs. */
#include "common/text.h"

#include "harness.h"

static void texts_compare(void **state)
{
    (void)state;
    assert_true(base_equal(NULL, NULL));
    assert_false(base_equal(NULL, ""));
    assert_false(base_equal("a", "A"));
    assert_true(base_equal_nocase("aZ9-", "Az9-"));
    assert_false(base_equal_nocase(NULL, "a"));
    assert_false(base_equal_nocase("\xc3\xa4", "\xc3\x84")); /* ASCII only */
    assert_true(base_starts_nocase("Bearer x", "bearer "));
    assert_false(base_starts_nocase("Bear", "bearer"));
    assert_true(base_ends_nocase("x.YAML", ".yaml"));
    assert_false(base_ends_nocase("aml", ".yaml"));
    char text[] = "MiXed 1\xc3\x84";
    base_lower(text);
    assert_string_equal(text, "mixed 1\xc3\x84");
}

static void globs_match(void **state)
{
    static const struct {
        const char *pattern, *text;
        bool match;
    } cases[] = {
        {"*.vault.azure.net", "My.Vault.Azure.net", true},
        {"*.vault.azure.net", "vault.azure.net", false},
        {"*.vault.azure.net", "a.vault.azure.net.evil", false},
        {"", "", true},
        {"", "a", false},
        {"*", "", true},
        {"**a*", "xxay", true},
        {"a?c", "abc", true},
        {"a?c", "ac", false},
        {"*ab", "aab", true},
        {"*a*b*c", "xaxbxbxc", true},
        {"*a*b*c", "xaxbxbx", false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (base_glob_nocase(cases[i].pattern, cases[i].text) != cases[i].match)
            fail_msg("%s against %s", cases[i].pattern, cases[i].text);
    char many[2001], text[2001]; /* must not take exponential time */
    for (int i = 0; i < 2000; i += 2)
        memcpy(many + i, "*a", 2);
    memset(text, 'a', 2000);
    many[1999] = 'b';
    many[2000] = text[2000] = '\0';
    assert_false(base_glob_nocase(many, text));
}

static void integers_parse_whole(void **state)
{
    static const char *const wrong[] = {
        "", "-", "+1", " 1", "1 ", "1.0", "0x1", "9223372036854775808", "a", NULL};
    int64_t value = 7;

    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(base_parse_int64(wrong[i], &value));
    assert_int_equal(value, 7);
    assert_true(base_parse_int64("-9223372036854775808", &value));
    assert_true(value == INT64_MIN);
    assert_true(base_parse_int64("007", &value));
    assert_int_equal(value, 7);
}

static void base64_follows_rfc4648(void **state)
{
    static const char *const pairs[][2] = {{"", ""},
                                           {"f", "Zg=="},
                                           {"fo", "Zm8="},
                                           {"foo", "Zm9v"},
                                           {"foob", "Zm9vYg=="},
                                           {"fooba", "Zm9vYmE="},
                                           {"foobar", "Zm9vYmFy"}};
    static const char *const wrong[] = {"A", "AAAAA", "Zg=a", "Zm9v!", "Zg===", "="};
    struct base_buf out = {0};

    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        base_buf_clear(&out);
        base_base64_encode(&out, pairs[i][0], strlen(pairs[i][0]));
        assert_string_equal(out.data, pairs[i][1]);
        base_buf_clear(&out);
        assert_true(base_base64_decode(&out, pairs[i][1], strlen(pairs[i][1])));
        assert_string_equal(out.data, pairs[i][0]);
    }
    for (size_t i = 0; i + 1 < sizeof wrong / sizeof *wrong; i++)
        if (base_base64_decode(&out, wrong[i], strlen(wrong[i])))
            fail_msg("accepted %s", wrong[i]);
    base_buf_clear(&out);
    base_base64url_encode(&out, "\xfb\xff\xfe", 3);
    base_base64url_encode(&out, "f", 1);
    assert_string_equal(out.data, "-__-Zg");
    base_buf_clear(&out);
    assert_true(base_base64_decode(&out, "-_\n_- +//+ Zg", 13));
    assert_int_equal(out.len, 7);
    assert_memory_equal(out.data,
                        "\xfb\xff\xfe\xfb\xff\xfe"
                        "f",
                        7);
    base_buf_release(&out);
}

static void hex_is_lower_case(void **state)
{
    struct base_buf out = {0};

    (void)state;
    base_hex_encode(&out, "\x00\xaf\x10", 3);
    assert_string_equal(out.data, "00af10");
    base_buf_release(&out);
}

static void percent_encoding_goes_both_ways(void **state)
{
    static const char *const wrong[] = {"%", "%4", "a%4", "%zz", "%4g"};
    struct base_buf out = {0};

    (void)state;
    base_uri_encode(&out, "a b/\xc3\xa4+%~", NULL);
    assert_string_equal(out.data, "a%20b%2F%C3%A4%2B%25~");
    base_buf_clear(&out);
    base_uri_encode(&out, "a/b$c", "/$");
    assert_string_equal(out.data, "a/b$c");
    base_buf_clear(&out);
    assert_true(base_uri_decode(&out, "a+%2b%20%41", 11, false));
    assert_string_equal(out.data, "a++ A");
    base_buf_clear(&out);
    assert_true(base_uri_decode(&out, "a+%2b", 5, true));
    assert_string_equal(out.data, "a +");
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_false(base_uri_decode(&out, wrong[i], strlen(wrong[i]), false));
    base_buf_clear(&out);
    assert_true(base_uri_decode(&out, "%00x", 4, false));
    assert_int_equal(out.len, 2);
    base_buf_release(&out);
}

static void urls_come_apart(void **state)
{
    static const struct {
        const char *text, *scheme, *host;
        int port;
        const char *path, *query;
    } cases[] = {
        {"HTTPS://User:pw@Host.Example/a%2Fb?q=1#f", "https", "host.example", 443, "/a%2Fb", "q=1"},
        {"http://127.0.0.1:8080", "http", "127.0.0.1", 8080, "/", ""},
        {"https://[::1]:8443/x", "https", "::1", 8443, "/x", ""},
        {"https://[fe80::1]", "https", "fe80::1", 443, "/", ""},
        {"amqps://ns:5671?x", "amqps", "ns", 5671, "/", "x"},
        {"sb://ns.example/;EntityPath", "sb", "ns.example", 5671, "/;EntityPath", ""},
        {"http://host:/x?", "http", "host", 80, "/x", ""},
        {"x://y#?z", "x", "y", 0, "/", ""},
    };
    static const char *const wrong[] = {"",
                                        "host",
                                        "://host",
                                        "http://",
                                        "http:///x",
                                        "http://h:0/",
                                        "http://h:65536",
                                        "http://h:x",
                                        "http://[::1",
                                        "http://h:-1"};
    struct base_arena arena;
    struct base_uri uri;

    (void)state;
    base_arena_init(&arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_true(base_uri_parse(&arena, cases[i].text, &uri));
        assert_string_equal(uri.scheme, cases[i].scheme);
        assert_string_equal(uri.host, cases[i].host);
        assert_int_equal(uri.port, cases[i].port);
        assert_string_equal(uri.path, cases[i].path);
        assert_string_equal(uri.query, cases[i].query);
    }
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (base_uri_parse(&arena, wrong[i], &uri))
            fail_msg("accepted %s", wrong[i]);
    base_arena_release(&arena);
}

static void queries_come_apart(void **state)
{
    struct base_arena arena;
    struct base_pair *pairs;
    struct base_buf url = {0};

    (void)state;
    base_arena_init(&arena);
    assert_int_equal(base_query_parse(&arena, "", false, &pairs), 0);
    assert_int_equal(base_query_parse(&arena, "a=1&&b=&c&=d&%24x=a%26b+c=d&e=%zz", false, &pairs),
                     6);
    assert_string_equal(pairs[0].value, "1");
    assert_string_equal(pairs[1].value, "");
    assert_string_equal(pairs[2].name, "c");
    assert_string_equal(pairs[3].name, "");
    assert_string_equal(pairs[4].name, "$x");
    assert_string_equal(pairs[4].value, "a&b+c=d");
    assert_string_equal(pairs[5].value, "%zz");
    assert_int_equal(base_query_parse(&arena, "a=b+c", true, &pairs), 1);
    assert_string_equal(pairs[0].value, "b c");
    assert_string_equal(base_query_get(&arena, "API-version=2020&x=1", "api-version"), "2020");
    assert_null(base_query_get(&arena, "x=1", "y"));
    assert_null(base_query_get(&arena, NULL, "y"));
    base_buf_puts(&url, "https://h/p");
    base_query_add(&url, "$filter", "a eq 'b'");
    base_query_add(&url, "x", "1&2");
    assert_string_equal(url.data, "https://h/p?$filter=a%20eq%20%27b%27&x=1%262");
    base_buf_release(&url);
    base_arena_release(&arena);
}

static void paths_split_before_decoding(void **state)
{
    struct base_arena arena;
    const char **parts;

    (void)state;
    base_arena_init(&arena);
    assert_int_equal(base_path_split(&arena, "//a%2Fb/c+d//%zz/", &parts), 3);
    assert_string_equal(parts[0], "a/b");
    assert_string_equal(parts[1], "c+d");
    assert_string_equal(parts[2], "%zz");
    assert_int_equal(base_path_split(&arena, "/", &parts), 0);
    assert_int_equal(base_path_split(&arena, "", &parts), 0);
    base_arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_compare),
        cmocka_unit_test(globs_match),
        cmocka_unit_test(integers_parse_whole),
        cmocka_unit_test(base64_follows_rfc4648),
        cmocka_unit_test(hex_is_lower_case),
        cmocka_unit_test(percent_encoding_goes_both_ways),
        cmocka_unit_test(urls_come_apart),
        cmocka_unit_test(queries_come_apart),
        cmocka_unit_test(paths_split_before_decoding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
