/* Who looks into a database changes nothing in it: no schema is lifted, none is made; and wrong words are told. */
#include "rp_test.h"
#include "reference/rp/inspect.h"
#include "common/file.h"

static int inspect(const char *word, const char *database, const char *more)
{
    char *argv[] = {(char *)word, (char *)"--database", (char *)database, (char *)more, NULL};

    return rp_inspect(more ? 4 : 3, argv);
}

static void write_file(const char *path, const char *text)
{
    assert_int_equal(base_file_write(path, text, strlen(text), 0600, NULL), BASE_OK);
}

static void set_schema(const char *path, const char *pragma)
{
    sqlite3 *db = NULL;

    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, pragma, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
}

static void only_a_providers_database_is_opened(void **state)
{
    char folder[] = "/tmp/rp-inspect-XXXXXX", path[64];
    struct base_buf text = {0};

    (void)state;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/rp.db", folder);
    assert_int_equal(inspect("resources", path, NULL), 2); /* absent */
    write_file(path, "");
    assert_int_equal(inspect("resources", path, NULL), 2);
    assert_int_equal(base_file_read(path, &text, NULL), BASE_OK);
    assert_int_equal(text.len, 0);
    base_buf_release(&text);
    write_file(path, "no database at all, but long enough to be read as one: it has not the head");
    assert_int_equal(inspect("resources", path, NULL), 2);
    assert_int_equal(inspect("resources", folder, NULL), 2);
    (void)unlink(path);

    base_db_t *db = rp_store_open(path, NULL);
    assert_non_null(db);
    assert_int_equal(inspect("resources", path, NULL), 0); /* also while it is open */
    assert_int_equal(inspect("operations", path, "some part"), 0);
    assert_int_equal(inspect("intents", path, "--all"), 0);
    assert_int_equal(inspect("cancel", path, NULL), 2);
    assert_int_equal(inspect("cancel", path, "nosuch"), 1);
    assert_int_equal(inspect("resources", path, "--bogus"), 2);
    base_db_close(db);
    set_schema(path, "PRAGMA user_version=1"); /* an older one is left as it is */
    assert_int_equal(inspect("resources", path, NULL), 2);
    set_schema(path, "PRAGMA user_version=9999");
    assert_int_equal(inspect("resources", path, NULL), 2);
    assert_int_equal(base_dir_remove(folder, NULL), BASE_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(only_a_providers_database_is_opened)};

    use_all();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
