/* Containers and blobs over the REST protocol: what checkpoint stores and the RP rely on (facts
 * clients.md §5.2). */
#include "fixture.h"

static void put(struct fixture *f, const char *path, const char *headers, const char *body)
{
    char *all = base_asprintf(BLOCK "%s", headers);
    assert_int_equal(ask(f, "PUT", path, all, body), 201);
    free(all);
}

static void container_life(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ask(f, "PUT", "/box1?restype=container", "x-ms-meta-Owner: me\n", NULL), 201);
    assert_int_equal(ask(f, "PUT", "/box1?restype=container", NULL, NULL), 409);
    assert_code(f, "ContainerAlreadyExists");
    assert_int_equal(ask(f, "GET", "/box1?restype=container", NULL, NULL), 200);
    assert_string_equal(header(f, "x-ms-meta-Owner"), "me");
    assert_string_equal(header(f, "x-ms-lease-state"), "available");
    assert_int_equal(ask(f, "HEAD", "/nope?restype=container", NULL, NULL), 404);
    assert_string_equal(header(f, "x-ms-error-code"), "ContainerNotFound");
    assert_int_equal(f->answer.body.len, 0);
    assert_int_equal(ask(f, "GET", "/?comp=list", NULL, NULL), 200);
    assert_non_null(strstr(f->answer.body.data, "<Container><Name>box1</Name>"));
    assert_int_equal(arm(f, "GET", ACCOUNT_ID "/blobServices/default/containers/box1", NULL, NULL),
                     200);
    assert_int_equal(ask(f, "DELETE", "/box1?restype=container", NULL, NULL), 202);
    assert_int_equal(arm(f, "GET", ACCOUNT_ID "/blobServices/default/containers/box1", NULL, NULL),
                     404);
    assert_int_equal(ask(f, "PUT", "/Bad_Name?restype=container", NULL, NULL), 400);
    assert_code(f, "InvalidResourceName");
}

static void blob_life(void **state)
{
    struct fixture *f = *state;
    ask(f, "PUT", "/box1?restype=container", NULL, NULL);
    put(f, "/box1/a/%24default/x", "Content-Type: text/plain\nx-ms-meta-OwnerId: one\n", "hello");
    assert_true(header(f, "ETag")[0] == '"');
    assert_string_equal(header(f, "Content-MD5"), "XUFAKrxLKna5cZ2REBfFkg==");
    assert_int_equal(ask(f, "GET", "/box1/a/%24default/x", NULL, NULL), 200);
    assert_string_equal(f->answer.body.data, "hello");
    assert_string_equal(header(f, "x-ms-meta-ownerid"), "one");
    assert_string_equal(header(f, "Content-Type"), "text/plain");
    assert_int_equal(ask(f, "HEAD", "/box1/a/$default/x", NULL, NULL), 200);
    assert_string_equal(header(f, "Content-Length"), "5");
    assert_int_equal(ask(f, "GET", "/box1/a/%24default/x", "x-ms-range: bytes=1-2\n", NULL), 206);
    assert_string_equal(f->answer.body.data, "el");
    assert_string_equal(header(f, "Content-Range"), "bytes 1-2/5");
    assert_int_equal(ask(f, "GET", "/box1/a/%24default/x", "Range: bytes=9-\n", NULL), 416);
    assert_code(f, "InvalidRange");
    assert_int_equal(ask(f, "DELETE", "/box1/a/%24default/x", NULL, NULL), 202);
    assert_int_equal(ask(f, "GET", "/box1/a/%24default/x", NULL, NULL), 404);
    assert_code(f, "BlobNotFound");
    assert_int_equal(ask(f, "HEAD", "/box1/a/%24default/x", NULL, NULL), 404);
    assert_string_equal(header(f, "x-ms-error-code"), "BlobNotFound");
    assert_int_equal(ask(f, "GET", "/none/x", NULL, NULL), 404);
    assert_code(f, "ContainerNotFound");
}

static void conditions(void **state)
{
    struct fixture *f = *state;
    char etag[64], line[128];
    ask(f, "PUT", "/box1?restype=container", NULL, NULL);
    assert_int_equal(ask(f, "PUT", "/box1/x?comp=metadata", "x-ms-meta-a: 1\n", NULL), 404);
    assert_code(f, "BlobNotFound");
    put(f, "/box1/x", "If-None-Match: *\n", "");
    assert_int_equal(ask(f, "PUT", "/box1/x", BLOCK "If-None-Match: *\n", ""), 409);
    assert_code(f, "BlobAlreadyExists");
    assert_int_equal(ask(f, "HEAD", "/box1/x", NULL, NULL), 200);
    snprintf(etag, sizeof(etag), "%s", header(f, "ETag"));
    snprintf(line, sizeof(line), "If-None-Match: %s\n", etag);
    assert_int_equal(ask(f, "GET", "/box1/x", line, NULL), 304);
    snprintf(line, sizeof(line), "If-Match: %s\nx-ms-meta-ownerid: \n", etag);
    assert_int_equal(ask(f, "PUT", "/box1/x?comp=metadata", line, NULL), 200);
    assert_int_equal(ask(f, "PUT", "/box1/x?comp=metadata", line, NULL), 412);
    assert_code(f, "ConditionNotMet");
    snprintf(etag, sizeof(etag), "%s", "");
    ask(f, "GET", "/box1?restype=container&comp=list", NULL, NULL);
    const char *at = strstr(f->answer.body.data, "<Etag>");
    assert_non_null(at);
    snprintf(etag, sizeof(etag), "%.*s", (int)strcspn(at + 6, "<"), at + 6);
    assert_true(etag[0] != '"');
    snprintf(line, sizeof(line), "If-Match: %s\n", etag);
    assert_int_equal(ask(f, "PUT", "/box1/x?comp=metadata", line, NULL), 200);
    assert_int_equal(ask(f, "PUT", "/box1/new", BLOCK "If-Match: \"0x1\"\n", ""), 412);
    assert_int_equal(
        ask(f, "GET", "/box1/x", "If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT\n", NULL), 304);
    assert_int_equal(
        ask(f, "DELETE", "/box1/x", "If-Unmodified-Since: Thu, 01 Jan 2015 00:00:00 GMT\n", NULL),
        412);
    assert_int_equal(ask(f, "GET", "/box1/x", "If-Modified-Since: yesterday\n", NULL), 400);
    assert_code(f, "InvalidHeaderValue");
}

static void metadata_case(void **state)
{
    struct fixture *f = *state;
    ask(f, "PUT", "/box1?restype=container", NULL, NULL);
    put(f, "/box1/x", "x-ms-meta-SequenceNumber: 5\nx-ms-meta-Offset: <&>\n", "");
    ask(f, "GET", "/box1?restype=container&comp=list&include=metadata", NULL, NULL);
    assert_non_null(strstr(f->answer.body.data, "<SequenceNumber>5</SequenceNumber>"));
    assert_non_null(strstr(f->answer.body.data, "<Offset>&lt;&amp;&gt;</Offset>"));
    assert_int_equal(ask(f, "PUT", "/box1/x?comp=metadata", "x-ms-meta-ownerid: \n", NULL), 200);
    ask(f, "GET", "/box1?restype=container&comp=list&include=metadata", NULL, NULL);
    assert_non_null(strstr(f->answer.body.data, "<Metadata><ownerid /></Metadata>"));
    assert_int_equal(ask(f, "PUT", "/box1/x?comp=metadata", "x-ms-meta-a-b: 1\n", NULL), 400);
    assert_code(f, "InvalidMetadata");
}

static void listing(void **state)
{
    struct fixture *f = *state;
    ask(f, "PUT", "/box1?restype=container", NULL, NULL);
    put(f, "/box1/a/1", "", "");
    put(f, "/box1/a/2", "", "");
    put(f, "/box1/b", "", "");
    put(f, "/box1/a-", "", "");
    ask(f, "GET", "/box1?restype=container&comp=list&prefix=a%2F", NULL, NULL);
    assert_non_null(strstr(f->answer.body.data, "<Name>a/2</Name>"));
    assert_null(strstr(f->answer.body.data, "<Name>b</Name>"));
    assert_non_null(strstr(f->answer.body.data, "<NextMarker />"));
    ask(f, "GET", "/box1?restype=container&comp=list&delimiter=/", NULL, NULL);
    assert_non_null(strstr(f->answer.body.data, "<BlobPrefix><Name>a/</Name></BlobPrefix>"));
    assert_null(strstr(f->answer.body.data, "<Name>a/1</Name>"));
    assert_non_null(strstr(f->answer.body.data, "<Name>a-</Name>"));
    char seen[64] = "", path[256] = "/box1?restype=container&comp=list&maxresults=1";
    for (int page = 0; page < 4; page++) {
        assert_int_equal(ask(f, "GET", path, NULL, NULL), 200);
        const char *name = strstr(f->answer.body.data, "<Name>") + 6;
        strncat(seen, name, strcspn(name, "<"));
        strcat(seen, ",");
        const char *next = strstr(f->answer.body.data, "<NextMarker>");
        if (!next)
            break;
        snprintf(path, sizeof(path), "/box1?restype=container&comp=list&maxresults=1&marker=%.*s",
                 (int)strcspn(next + 12, "<"), next + 12);
    }
    assert_string_equal(seen, "a-,a/1,a/2,b,");
    assert_int_equal(ask(f, "GET", "/box1?restype=container&comp=list&maxresults=0", NULL, NULL),
                     400);
    assert_code(f, "OutOfRangeQueryParameterValue");
    assert_int_equal(ask(f, "GET", "/box1?restype=container&comp=list&include=foo", NULL, NULL),
                     400);
    assert_code(f, "InvalidQueryParameterValue");
}

#define LEASE_A "aaaaaaaa-0000-4000-8000-000000000000"
#define LEASE_B "bbbbbbbb-0000-4000-8000-000000000000"
static int lease(struct fixture *f, const char *action, const char *more)
{
    char *headers = base_asprintf("x-ms-lease-action: %s\n%s", action, more);
    int status = ask(f, "PUT", "/box1/x?comp=lease", headers, NULL);
    free(headers);
    return status;
}

/* Sets the clock forward: at twice the speed, the time since `epoch_ms` counts double. */
static void forward(struct fixture *f, int64_t ms)
{
    if (f->clock.rate == 1.0)
        f->clock.epoch_ms = base_clock_ms(&f->clock);
    f->clock.rate = 2.0;
    f->clock.epoch_ms -= ms;
}

static void leases(void **state)
{
    struct fixture *f = *state;
    ask(f, "PUT", "/box1?restype=container", NULL, NULL);
    put(f, "/box1/x", "", "1");
    assert_int_equal(lease(f, "acquire", "x-ms-lease-duration: 5\n"), 400);
    assert_int_equal(
        lease(f, "acquire", "x-ms-lease-duration: 15\nx-ms-proposed-lease-id: " LEASE_A "\n"), 201);
    assert_string_equal(header(f, "x-ms-lease-id"), LEASE_A);
    assert_int_equal(lease(f, "acquire", "x-ms-lease-duration: 15\n"), 409);
    assert_code(f, "LeaseAlreadyPresent");
    assert_int_equal(ask(f, "DELETE", "/box1/x", NULL, NULL), 412);
    assert_code(f, "LeaseIdMissing");
    assert_int_equal(ask(f, "PUT", "/box1/x", BLOCK "x-ms-lease-id: " LEASE_B "\n", "2"), 412);
    assert_code(f, "LeaseIdMismatchWithBlobOperation");
    assert_int_equal(ask(f, "PUT", "/box1/x", BLOCK "x-ms-lease-id: " LEASE_A "\n", "2"), 201);
    assert_int_equal(lease(f, "renew", "x-ms-lease-id: " LEASE_B "\n"), 409);
    assert_code(f, "LeaseIdMismatchWithLeaseOperation");
    assert_int_equal(lease(f, "renew", "x-ms-lease-id: " LEASE_A "\n"), 200);
    assert_int_equal(
        lease(f, "change", "x-ms-lease-id: " LEASE_A "\nx-ms-proposed-lease-id: " LEASE_B "\n"),
        200);
    assert_int_equal(lease(f, "break", "x-ms-lease-break-period: 10\n"), 202);
    assert_string_equal(header(f, "x-ms-lease-time"), "10");
    ask(f, "HEAD", "/box1/x", NULL, NULL);
    assert_string_equal(header(f, "x-ms-lease-state"), "breaking");
    forward(f, 600000);
    ask(f, "HEAD", "/box1/x", NULL, NULL);
    assert_string_equal(header(f, "x-ms-lease-state"), "broken");
    assert_int_equal(lease(f, "release", "x-ms-lease-id: " LEASE_B "\n"), 200);
    assert_int_equal(lease(f, "release", "x-ms-lease-id: " LEASE_B "\n"), 409);
    assert_code(f, "LeaseNotPresentWithLeaseOperation");
    assert_int_equal(lease(f, "acquire", "x-ms-lease-duration: 60\n"), 201);
    forward(f, 600000);
    ask(f, "HEAD", "/box1/x", NULL, NULL);
    assert_string_equal(header(f, "x-ms-lease-state"), "expired");
    assert_int_equal(lease(f, "jump", ""), 400);
}

static void unknown(void **state)
{
    struct fixture *f = *state;
    ask(f, "PUT", "/box1?restype=container", NULL, NULL);
    assert_int_equal(ask(f, "PUT", "/box1/x?comp=block&blockid=AA", NULL, "x"), 501);
    assert_code(f, "NotImplemented");
    assert_int_equal(ask(f, "POST", "/box1/x", NULL, "x"), 405);
    assert_int_equal(ask(f, "PUT", "/box1/x", NULL, "x"), 400);
    assert_code(f, "MissingRequiredHeader");
    assert_int_equal(ask(f, "PUT", "/box1/x", "x-ms-blob-type: PageBlob\n", ""), 501);
    assert_int_equal(ask(f, "PUT", "/box1/x", BLOCK "Content-MD5: AAAA\n", "x"), 400);
    assert_code(f, "Md5Mismatch");
    assert_int_equal(ask(f, "GET", "/box1/%zz", NULL, NULL), 400);
    assert_code(f, "InvalidUri");
    assert_int_equal(ask(f, "GET", "/box1/x", "x-ms-version: soon\n", NULL), 400);
    assert_code(f, "InvalidHeaderValue");
}

static int setup_folder(void **state)
{
    return setup_with(state, true);
}

static void restart(void **state)
{
    struct fixture *f = *state;
    char etag[64];
    ask(f, "PUT", "/box1?restype=container", NULL, NULL);
    put(f, "/box1/x", "x-ms-meta-Offset: 7\n", "kept");
    snprintf(etag, sizeof(etag), "%s", header(f, "ETag"));
    world_close(f);
    world_open(f);
    assert_int_equal(ask(f, "GET", "/box1/x", NULL, NULL), 200);
    assert_string_equal(f->answer.body.data, "kept");
    assert_string_equal(header(f, "x-ms-meta-Offset"), "7");
    assert_string_equal(header(f, "ETag"), etag);
    put(f, "/box1/x", "", "again");
    assert_string_not_equal(header(f, "ETag"), etag);
    cJSON *rows = sim_view_get(f->world, "blobs");
    assert_int_equal(cJSON_GetArraySize(rows), 1);
    assert_int_equal((int)base_json_number(rows, "0.size", 0), 5);
    cJSON_Delete(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(container_life, setup, teardown),
        cmocka_unit_test_setup_teardown(blob_life, setup, teardown),
        cmocka_unit_test_setup_teardown(conditions, setup, teardown),
        cmocka_unit_test_setup_teardown(metadata_case, setup, teardown),
        cmocka_unit_test_setup_teardown(listing, setup, teardown),
        cmocka_unit_test_setup_teardown(leases, setup, teardown),
        cmocka_unit_test_setup_teardown(unknown, setup, teardown),
        cmocka_unit_test_setup_teardown(restart, setup_folder, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
