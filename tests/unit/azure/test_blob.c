/* Blobs: names and etags on the wire, conditions, and listings in XML. */
#include "azure/blob.h"

#include "script.h"

#define CONTAINER "https://acct.blob.core.windows.net/checkpoints"
#define LIST CONTAINER "?restype=container&comp=list&include=metadata"
#define XML_ERROR(code)                                                                            \
    "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><Error><Code>" code                     \
    "</Code><Message>m</Message></Error>"
#define HEAD_OF_LIST                                                                               \
    "\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?><EnumerationResults "                   \
    "ServiceEndpoint=\"https://acct.blob.core.windows.net/\" ContainerName=\"checkpoints\">"

struct world {
    struct script script;
    struct az_container container;
};

static int setup(void **state)
{
    struct world *world = base_alloc(sizeof *world);

    script_init(&world->script, 1000);
    world->container = (struct az_container){
        .az = world->script.az, .credential = world->script.credential, .url = CONTAINER};
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;

    script_release(&world->script);
    free(world);
    return 0;
}

static void names_are_encoded_on_the_wire(void **state)
{
    static const struct {
        const char *name, *url;
    } rows[] = {
        {"ns/hub/$Default/checkpoint/0", CONTAINER "/ns/hub/%24Default/checkpoint/0"},
        {"my blob 100%.json", CONTAINER "/my%20blob%20100%25.json"},
        {"a%20b", CONTAINER "/a%2520b"}, /* a name is plain text */
        {"\xc3\xa4?#&=+:@", CONTAINER "/%C3%A4%3F%23%26%3D%2B%3A%40"},
        {"-._~", CONTAINER "/-._~"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        SCRIPT(&world->script, {202}, {202});
        world->container.url = CONTAINER;
        assert_int_equal(az_blob_delete(&world->container, rows[i].name, NULL), BASE_OK);
        world->container.url = CONTAINER "/";
        assert_int_equal(az_blob_delete(&world->container, rows[i].name, NULL), BASE_OK);
        assert_call(&world->script, 0, "DELETE", rows[i].url);
        assert_call(&world->script, 1, "DELETE", rows[i].url);
    }
}

static void a_blob_is_written_with_its_metadata(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    struct base_headers metadata = {0};
    char etag[64];

    base_headers_add(&metadata, "ownerid", "");
    base_headers_add(&metadata, "SequenceNumber", "42");
    struct az_blob_write write = {.name = "x",
                                  .body = "a\0b",
                                  .body_len = 3,
                                  .content_type = "application/json",
                                  .metadata = &metadata};
    SCRIPT(&world->script, {201, NULL, {"ETag: \"0x8D\""}}, {200, NULL, {"ETag: 0x8E"}}, {201});
    assert_int_equal(az_blob_put(&world->container, &write, etag, &err), BASE_OK);
    assert_string_equal(etag, "0x8D");
    assert_call(&world->script, 0, "PUT", CONTAINER "/x");
    assert_int_equal(world->script.calls[0].body_len, 3);
    assert_memory_equal(world->script.calls[0].body, "a\0b", 3);
    assert_string_equal(call_header(&world->script, 0, "x-ms-blob-type"), "BlockBlob");
    assert_string_equal(call_header(&world->script, 0, "x-ms-version"), "2020-04-08");
    assert_null(
        call_header(&world->script, 0, "x-ms-date")); /* SharedKey needs it, OAuth does not */
    assert_string_equal(call_header(&world->script, 0, "Content-Type"), "application/json");
    assert_string_equal(call_header(&world->script, 0, "x-ms-meta-ownerid"), "");
    assert_string_equal(call_header(&world->script, 0, "x-ms-meta-SequenceNumber"), "42");
    assert_string_equal(call_header(&world->script, 0, "Authorization"), "Bearer token-1");
    char *scope = form_field(world->script.last_token.body, "scope");
    assert_string_equal(scope, "https://storage.azure.com//.default");
    free(scope);
    assert_int_equal(az_blob_set_metadata(&world->container, &write, etag, &err), BASE_OK);
    assert_string_equal(etag, "0x8E");
    assert_call(&world->script, 1, "PUT", CONTAINER "/x?comp=metadata");
    assert_int_equal(world->script.calls[1].body_len, 0);
    write = (struct az_blob_write){.name = "empty", .body = NULL};
    assert_int_equal(az_blob_put(&world->container, &write, NULL, &err), BASE_OK);
    assert_int_equal(world->script.calls[2].body_len, 0);
    assert_string_equal(call_header(&world->script, 2, "Content-Type"), "application/octet-stream");
    base_headers_release(&metadata);
}

static void conditions_are_quoted(void **state)
{
    static const struct {
        const char *given, *sent;
    } rows[] = {{"0x8D", "\"0x8D\""}, {"\"0x8D\"", "\"0x8D\""}, {"*", "*"}, {NULL, NULL}};
    struct world *world = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct az_blob_write write = {.name = "x", .body = "", .if_match = rows[i].given};
        SCRIPT(&world->script, {201}, {200}, {201});
        assert_int_equal(az_blob_put(&world->container, &write, NULL, NULL), BASE_OK);
        assert_int_equal(az_blob_set_metadata(&world->container, &write, NULL, NULL), BASE_OK);
        write = (struct az_blob_write){.name = "x", .body = "", .if_none_match = rows[i].given};
        assert_int_equal(az_blob_put(&world->container, &write, NULL, NULL), BASE_OK);
        for (size_t at = 0; at < 3; at++) {
            const char *sent =
                call_header(&world->script, at, at == 2 ? "If-None-Match" : "If-Match");
            const char *other =
                call_header(&world->script, at, at == 2 ? "If-Match" : "If-None-Match");
            assert_true(base_equal(sent, rows[i].sent));
            assert_null(other);
        }
    }
}

static void a_failed_condition_is_a_conflict(void **state)
{
    static const struct {
        struct reply reply;
        enum base_status status;
        const char *code;
    } rows[] = {
        {{409, XML_ERROR("BlobAlreadyExists")}, BASE_CONFLICT, "BlobAlreadyExists"},
        {{412, XML_ERROR("ConditionNotMet")}, BASE_CONFLICT, "ConditionNotMet"},
        {{412, NULL, {"x-ms-error-code: LeaseIdMissing"}}, BASE_CONFLICT, "LeaseIdMissing"},
        {{404, XML_ERROR("BlobNotFound")}, BASE_NOT_FOUND, "BlobNotFound"},
        {{403, XML_ERROR("AuthorizationPermissionMismatch")},
         BASE_DENIED,
         "AuthorizationPermissionMismatch"},
    };
    struct world *world = *state;
    struct az_blob_write write = {.name = "x", .body = "b", .body_len = 1, .if_none_match = "*"};

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct base_error err = {0};
        char etag[64] = "before";
        script_set(&world->script, &rows[i].reply, 1);
        assert_int_equal(az_blob_put(&world->container, &write, etag, &err), rows[i].status);
        assert_string_equal(err.code, rows[i].code);
        assert_string_equal(etag, "before");
        script_set(&world->script, &rows[i].reply, 1);
        assert_int_equal(az_blob_set_metadata(&world->container, &write, etag, NULL),
                         rows[i].status);
    }
}

static void a_blob_is_read(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    struct az_blob blob;
    bool unchanged = true;

    SCRIPT(&world->script,
           {200,
            "text",
            {"ETag: W/\"0x8D\"", "Last-Modified: Mon, 23 Nov 2026 05:14:53 GMT",
             "X-Ms-Meta-Offset: 7", "x-ms-meta-Empty: "}},
           {200, NULL, {"ETag: 0x8F"}});
    assert_int_equal(az_blob_get(&world->container, "x", NULL, &unchanged, &blob, &err), BASE_OK);
    assert_false(unchanged);
    assert_null(call_header(&world->script, 0, "If-None-Match"));
    assert_string_equal(blob.name, "x");
    assert_string_equal(blob.etag, "0x8D");
    assert_string_equal(blob.last_modified, "Mon, 23 Nov 2026 05:14:53 GMT");
    assert_string_equal(blob.body.data, "text");
    assert_int_equal(blob.metadata.count, 2);
    assert_string_equal(base_headers_get(&blob.metadata, "offset"), "7");
    assert_string_equal(base_headers_get(&blob.metadata, "empty"), "");
    az_blob_release(&blob);
    assert_int_equal(az_blob_get(&world->container, "x", NULL, NULL, &blob, &err), BASE_OK);
    assert_int_equal(blob.body.len, 0);
    assert_string_equal(blob.etag, "0x8F");
    az_blob_release(&blob);
    az_blob_release(&blob); /* twice is fine */
}

static void an_unchanged_blob_is_not_an_error(void **state)
{
    static const char *const etags[] = {"0x8D", "\"0x8D\""};
    struct world *world = *state;
    struct az_blob blob;

    for (size_t i = 0; i < 2; i++) {
        struct base_error err = {0};
        bool unchanged = false;
        SCRIPT(&world->script, {304, NULL, {"ETag: \"0x8D\""}}, {304});
        assert_int_equal(az_blob_get(&world->container, "x", etags[i], &unchanged, &blob, &err),
                         BASE_OK);
        assert_true(unchanged);
        assert_int_equal(err.status, BASE_OK);
        assert_string_equal(call_header(&world->script, 0, "If-None-Match"), "\"0x8D\"");
        assert_string_equal(blob.etag, "0x8D");
        assert_int_equal(blob.body.len, 0);
        az_blob_release(&blob);
        assert_int_equal(az_blob_get(&world->container, "x", NULL, &unchanged, &blob, &err),
                         BASE_INVALID); /* nobody asked for a condition */
        assert_false(unchanged);
        az_blob_release(&blob);
    }
}

static void head_tells_properties_or_an_error_without_a_body(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    struct az_blob blob;

    SCRIPT(&world->script, {200, NULL, {"ETag: \"0x1\"", "x-ms-meta-ownerid: me"}},
           {404, NULL, {"x-ms-error-code: BlobNotFound"}});
    assert_int_equal(az_blob_properties(&world->container, "x", &blob, &err), BASE_OK);
    assert_call(&world->script, 0, "HEAD", CONTAINER "/x");
    assert_string_equal(base_headers_get(&blob.metadata, "ownerid"), "me");
    az_blob_release(&blob);
    assert_int_equal(az_blob_properties(&world->container, "x", &blob, &err), BASE_NOT_FOUND);
    assert_string_equal(err.code, "BlobNotFound");
    assert_null(blob.name);
    az_blob_release(&blob);
}

static void what_is_absent_is_deleted_and_what_is_there_is_made(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};

    SCRIPT(&world->script, {404, XML_ERROR("BlobNotFound")}, {412, XML_ERROR("LeaseIdMissing")},
           {201}, {409, XML_ERROR("ContainerAlreadyExists")},
           {409, XML_ERROR("ContainerBeingDeleted")});
    assert_int_equal(az_blob_delete(&world->container, "x", &err), BASE_OK);
    assert_int_equal(err.status, BASE_OK);
    assert_int_equal(az_blob_delete(&world->container, "x", &err), BASE_CONFLICT);
    base_error_clear(&err);
    assert_int_equal(az_container_create(&world->container, &err), BASE_OK);
    assert_call(&world->script, 2, "PUT", CONTAINER "?restype=container");
    assert_int_equal(az_container_create(&world->container, &err), BASE_OK);
    assert_int_equal(err.status, BASE_OK);
    assert_int_equal(az_container_create(&world->container, &err), BASE_CONFLICT);
    assert_string_equal(err.code, "ContainerBeingDeleted");
    script_done(&world->script);
}

static void a_list_is_all_its_pages(void **state)
{
    static const char first[] = HEAD_OF_LIST
        "<Prefix>ns/</Prefix><Blobs>"
        "<Blob><Name>ns/a &amp; &lt;b&gt; &#xE4;&#228;&quot;</Name><Properties><Last-Modified>Mon, "
        "23 "
        "Nov 2026 05:14:53 GMT</Last-Modified><Etag>0x8D</Etag></Properties><Metadata>"
        "<ownerid>me &amp; you</ownerid><Empty/><Blank /><Full></Full><Etag>mine</Etag>"
        "<NextMarker>no</NextMarker></Metadata></Blob>"
        "<Blob><Name>ns/plain</Name><Properties><Etag>\"0x8E\"</Etag></Properties><Metadata/></"
        "Blob>"
        "<Blob><Name>ns/none</Name><Properties><Etag/></Properties></Blob>"
        "</Blobs><NextMarker>2!8&amp;x=</NextMarker></EnumerationResults>";
    static const char empty[] = HEAD_OF_LIST "<Blobs/><NextMarker>last</NextMarker>"
                                             "</EnumerationResults>";
    static const char last[] =
        HEAD_OF_LIST "<Blobs><Blob><Name>z</Name></Blob></Blobs><NextMarker/></EnumerationResults>";
    struct world *world = *state;
    struct base_error err = {0};
    struct az_blob *blobs;
    size_t count;

    SCRIPT(&world->script, {200, first}, {200, empty}, {200, last});
    assert_int_equal(az_blob_list(&world->container, "ns/ &", &blobs, &count, &err), BASE_OK);
    script_done(&world->script);
    assert_call(&world->script, 0, "GET", LIST "&prefix=ns%2F%20%26");
    assert_call(&world->script, 1, "GET", LIST "&prefix=ns%2F%20%26&marker=2%218%26x%3D");
    assert_call(&world->script, 2, "GET", LIST "&prefix=ns%2F%20%26&marker=last");
    assert_int_equal(count, 4);
    assert_string_equal(blobs[0].name, "ns/a & <b> \xc3\xa4\xc3\xa4\"");
    assert_string_equal(blobs[0].etag, "0x8D");
    assert_string_equal(blobs[0].last_modified, "Mon, 23 Nov 2026 05:14:53 GMT");
    assert_int_equal(blobs[0].metadata.count, 6);
    assert_string_equal(base_headers_get(&blobs[0].metadata, "OWNERID"), "me & you");
    assert_string_equal(base_headers_get(&blobs[0].metadata, "Empty"), "");
    assert_string_equal(base_headers_get(&blobs[0].metadata, "Blank"), "");
    assert_string_equal(base_headers_get(&blobs[0].metadata, "Full"), "");
    assert_string_equal(base_headers_get(&blobs[0].metadata, "Etag"), "mine");
    assert_string_equal(blobs[1].etag, "0x8E");
    assert_int_equal(blobs[1].metadata.count, 0);
    assert_string_equal(blobs[2].etag, "");
    assert_string_equal(blobs[3].name, "z");
    for (size_t i = 0; i < count; i++)
        az_blob_release(&blobs[i]);
    free(blobs);
}

static void an_empty_container_has_an_empty_list(void **state)
{
    struct world *world = *state;
    struct base_error err = {0};
    struct az_blob *blobs;
    size_t count;

    world->container.url = CONTAINER "/";
    SCRIPT(&world->script, {200, HEAD_OF_LIST "<Blobs /><NextMarker /></EnumerationResults>"});
    assert_int_equal(az_blob_list(&world->container, NULL, &blobs, &count, &err), BASE_OK);
    assert_call(&world->script, 0, "GET", LIST);
    assert_int_equal(count, 0);
    free(blobs);
}

static void what_is_no_list_is_an_error(void **state)
{
    static const char good[] =
        HEAD_OF_LIST "<Blobs><Blob><Name>a</Name><Metadata><k>v</k></Metadata></Blob></Blobs>"
                     "<NextMarker>m</NextMarker></EnumerationResults>";
    static const struct {
        struct reply second;
        enum base_status status;
        const char *code;
    } rows[] = {
        {{200}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200, "<html>"}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200, HEAD_OF_LIST "<Blobs><Blob><Name>cut"}, BASE_PROTOCOL, "InvalidAnswer"},
        {{200, HEAD_OF_LIST "<Blobs><Blob></Blob></Blobs></EnumerationResults>"},
         BASE_PROTOCOL,
         "InvalidAnswer"},
        {{200, HEAD_OF_LIST "<Blobs><Blob><Name/></Blob></Blobs></EnumerationResults>"},
         BASE_PROTOCOL,
         "InvalidAnswer"},
        {{404, XML_ERROR("ContainerNotFound")}, BASE_NOT_FOUND, "ContainerNotFound"},
    };
    struct world *world = *state;

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct base_error err = {0};
        struct az_blob *blobs;
        size_t count = 9;
        const struct reply replies[] = {{200, good, {NULL}, false}, rows[i].second};
        script_set(&world->script, replies, 2);
        assert_int_equal(az_blob_list(&world->container, "", &blobs, &count, &err), rows[i].status);
        assert_string_equal(err.code, rows[i].code);
        assert_null(blobs);
        assert_int_equal(count, 0);
        script_done(&world->script);
    }
}

static void a_list_without_end_is_an_error(void **state)
{
    static const struct reply again = {
        200,
        HEAD_OF_LIST "<Blobs><Blob><Name>a</Name></Blob></Blobs><NextMarker>m</NextMarker>"
                     "</EnumerationResults>",
        {NULL},
        false};
    struct world *world = *state;
    struct base_error err = {0};
    struct az_blob *blobs;
    size_t count;

    script_set(&world->script, NULL, 0);
    world->script.repeat = &again;
    assert_int_equal(az_blob_list(&world->container, "", &blobs, &count, &err), BASE_TOO_LARGE);
    assert_null(blobs);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(names_are_encoded_on_the_wire),
        TEST(a_blob_is_written_with_its_metadata),
        TEST(conditions_are_quoted),
        TEST(a_failed_condition_is_a_conflict),
        TEST(a_blob_is_read),
        TEST(an_unchanged_blob_is_not_an_error),
        TEST(head_tells_properties_or_an_error_without_a_body),
        TEST(what_is_absent_is_deleted_and_what_is_there_is_made),
        TEST(a_list_is_all_its_pages),
        TEST(an_empty_container_has_an_empty_list),
        TEST(what_is_no_list_is_an_error),
        TEST(a_list_without_end_is_an_error),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
