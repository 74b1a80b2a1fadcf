/* A world with one storage account, a token maker and a way to ask the Blob service, all in this
 * process. */
#ifndef TEST_BLOB_FIXTURE_H
#define TEST_BLOB_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/http_client.h"
#include "simulators/blob/blob.h"
#include "tests/unit/simulator.h"

#define ACCOUNT_ID                                                                                 \
    "/subscriptions/22222222-2222-4222-8222-222222222222/resourceGroups/rg/providers/"             \
    "Microsoft.Storage/storageAccounts/acct1"
#define URL "https://acct1.blob.core.windows.net"

struct fixture {
    struct base_clock clock;
    base_random_t *random;
    char *folder; /* state folder; NULL: in memory */
    sim_world_t *world;
    blob_t *blob;
    base_http_client_t *client;
    struct sim_principal user;
    char *bearer;
    struct base_http_answer answer;
};

static inline void world_open(struct fixture *f)
{
    struct base_error err = {0};
    f->world = sim_world_new(&(struct sim_world_config){&f->clock, f->random, f->folder}, &err);
    assert_non_null(f->world);
    f->blob = blob_add(f->world, &err);
    assert_non_null(f->blob);
    add_authority(f->world);
    f->client = base_http_client_new_loopback(sim_dispatch, f->world);
}

static inline void world_close(struct fixture *f)
{
    base_http_answer_release(&f->answer);
    f->answer = (struct base_http_answer){0};
    base_http_client_free(f->client);
    blob_free(f->blob);
    sim_world_free(f->world);
}

/* `headers`: "Name: value\n..." lines; the Bearer token and x-ms-version are added unless there is
 * an Authorization. */
static inline int ask(struct fixture *f, const char *method, const char *path, const char *headers,
                      const char *body)
{
    struct base_headers list = {0};
    char *url = base_asprintf(URL "%s", path);
    struct base_error err = {0};
    add_header_lines(&list, headers);
    if (!base_headers_get(&list, "Authorization"))
        base_headers_add(&list, "Authorization", f->bearer);
    if (!base_headers_get(&list, "x-ms-version"))
        base_headers_add(&list, "x-ms-version", "2031-04-06");
    base_http_answer_release(&f->answer);
    f->answer = (struct base_http_answer){0};
    struct base_http_call call = {.method = method,
                                  .url = url,
                                  .headers = &list,
                                  .body = body,
                                  .body_len = body ? strlen(body) : 0};
    assert_int_equal(base_http_send(f->client, &call, &f->answer, &err), BASE_OK);
    base_headers_release(&list);
    free(url);
    return f->answer.status;
}

/* One request as the ARM front door would pass it on. */
static inline int arm(struct fixture *f, const char *method, const char *path, const char *body,
                      cJSON **out)
{
    return ask_provider(
        f->world, &(struct provider_ask){"Microsoft.Storage", "2023-01-01", method, path, body},
        out);
}

static inline const char *header(struct fixture *f, const char *name)
{
    const char *value = base_headers_get(&f->answer.headers, name);
    return value ? value : "";
}

/* Both places where the code of an error stands. */
static inline void assert_code(struct fixture *f, const char *code)
{
    char *element = base_asprintf("<Code>%s</Code>", code);
    assert_string_equal(header(f, "x-ms-error-code"), code);
    assert_non_null(strstr(f->answer.body.data, element));
    free(element);
}

static inline void make_account(struct fixture *f)
{
    assert_int_equal(arm(f, "PUT", ACCOUNT_ID,
                         "{\"location\":\"westus2\",\"sku\":{\"name\":\"Standard_LRS\"},\"kind\":"
                         "\"StorageV2\",\"properties\":{}}",
                         NULL),
                     202);
}

static inline int setup_with(void **state, bool folder)
{
    struct fixture *f = base_alloc(sizeof(*f));
    char template[] = "/tmp/blob-test-XXXXXX";
    base_clock_init(&f->clock);
    f->random = base_random_new("blob");
    if (folder)
        f->folder = base_strdup(mkdtemp(template));
    world_open(f);
    f->user = add_user(f->world);
    make_account(f);
    give_role(f->world, &f->user, ACCOUNT_ID, "Storage Blob Data Contributor");
    f->bearer = bearer_for(f->world, &f->user, "https://storage.azure.com/");
    *state = f;
    return 0;
}

static inline int setup(void **state)
{
    return setup_with(state, false);
}

static inline int teardown(void **state)
{
    struct fixture *f = *state;
    world_close(f);
    if (f->folder)
        assert_int_equal(base_dir_remove(f->folder, NULL), BASE_OK);
    base_random_free(f->random);
    free(f->folder);
    free(f->bearer);
    free(f);
    return 0;
}

#define BLOCK "x-ms-blob-type: BlockBlob\n"

#endif
