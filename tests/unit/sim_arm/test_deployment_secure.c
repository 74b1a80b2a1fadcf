/* Values of secure parameters: used, and then neither stored nor shown. */
#include "tests/unit/sim_arm/deployment_fixture.h"

#include "common/file.h"

#include <ftw.h>
#include <stdatomic.h>

#define SECRET "Sesame-7f3a"
#define OTHER "Sesame-0c1d"
#define WORKSPACE(name)                                                                            \
    "{'type':'Microsoft.HealthcareApis/workspaces','apiVersion':'2021-11-01','name':'" name "',"   \
    "'location':'westus2'}"
/* the text is used (its length is a tag), and not kept by what is made of it */
#define TEMPLATE(resources)                                                                        \
    T("'parameters':{'s':{'type':'secureString'},'o':{'type':'secureObject'},"                     \
      "'d':{'type':'securestring','defaultValue':'[newGuid()]'},'plain':{'type':'string'}},"       \
      "'resources':[" resources "],"                                                               \
      "'outputs':{'n':{'type':'int','value':'[length(parameters(\\'s\\'))]'},"                     \
      "'asked':{'type':'object','value':'[deployment().properties.parameters]'},"                  \
      "'shown':{'type':'securestring','value':'[parameters(\\'s\\')]'}}")
#define BOX_OF_IT(name) BOX(name, ",'tags':{'length':'[string(length(parameters(\\'s\\')))]'}")
#define VALUES                                                                                     \
    "{'s':{'value':'" SECRET "'},'o':{'value':{'k':'" OTHER "'}},'plain':{'value':'visible-8'}}"

static int found; /* files with the secret; nftw has no context */

static bool file_holds(const char *path, const char *text)
{
    struct base_buf content = {0};
    struct base_error err = {0};
    bool holds = base_file_read(path, &content, &err) == BASE_OK && content.len &&
                 memmem(content.data, content.len, text, strlen(text));

    base_buf_release(&content);
    return holds;
}

static int look(const char *path, const struct stat *about, int type, struct FTW *level)
{
    (void)about;
    (void)level;
    if (type == FTW_F && (file_holds(path, SECRET) || file_holds(path, OTHER))) {
        print_error("%s holds a secret\n", path);
        found++;
    }
    return 0;
}

static void assert_nowhere(const char *folder)
{
    found = 0;
    assert_int_equal(nftw(folder, look, 16, FTW_PHYS), 0);
    assert_int_equal(found, 0);
}

/* A provider whose PUT never ends until `open`. */
static atomic_bool open_now;
static void slow_handle(void *context, const struct base_http_request *request,
                        struct base_http_response *response)
{
    cJSON *body = cJSON_CreateObject();

    (void)context;
    base_json_set_text(body, "id", request->path);
    base_json_set_text(body, "location", "westus2");
    base_json_set_text(cJSON_AddObjectToObject(body, "properties"), "provisioningState",
                       open_now ? "Succeeded" : "Creating");
    base_headers_add(&response->headers, "Retry-After", "0");
    base_http_answer_json_take(response, base_equal(request->method, "PUT") ? 201 : 200, body);
}

static void reopen(struct fixture *f, const char *folder)
{
    arm_free(f->arm);
    sim_world_free(f->world);
    open_world(f, folder);
    arm_endpoint_set_handler(f->arm, HEALTH, slow_handle, NULL);
}

static void begin(struct fixture *f, char *folder)
{
    open_now = false;
    assert_non_null(mkdtemp(folder));
    reopen(f, folder);
    seed(f);
    make_group(f);
}

static void end(struct fixture *f, const char *folder)
{
    struct base_error err = {0};

    arm_free(f->arm);
    sim_world_free(f->world);
    assert_int_equal(base_dir_remove(folder, &err), BASE_OK);
    open_world(f, NULL);
}

static void assert_not_answered(struct fixture *f, const char *target)
{
    assert_status(f, ask(f, "GET", target, NULL), 200);
    assert_null(strstr(f->response.body.data, "Sesame"));
}

static void are_neither_stored_nor_shown(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/test-deployment-XXXXXX";

    begin(f, folder);
    assert_int_equal(put_template(f, "d1", TEMPLATE(BOX_OF_IT("a") "," WORKSPACE("ws1")), VALUES),
                     201);
    assert_nowhere(folder); /* while it runs */
    open_now = true;
    await_deployment(f, "d1", "Succeeded");
    assert_int_equal((int)base_json_number(f->body, "properties.outputs.n.value", 0),
                     (int)strlen(SECRET));
    assert_string_equal(base_json_text(f->body, "properties.parameters.plain.value"), "visible-8");
    assert_string_equal(base_json_text(f->body, "properties.parameters.s.type"), "SecureString");
    assert_not_answered(f, D "d1?" R);
    assert_not_answered(f, D "d1/operations?" R);
    assert_not_answered(f, D "?" R);
    assert_nowhere(folder); /* trace.ndjson is there as well */
    end(f, folder);
}

static void are_in_no_body_that_is_traced(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/test-deployment-XXXXXX";

    begin(f, folder);
    assert_int_equal(send_properties(f, f->owner, "POST", D "d1/validate?" R,
                                     "{'mode':'Incremental','template':" TEMPLATE(
                                         "") ",'parameters':" VALUES "}"),
                     200);
    send_as(f, f->owner, "PUT", D "d2?" R, /* as az sends it: the file's text behind a bare word */
            "{\"properties\":{\"mode\":\"Incremental\",\"parameters\":{\"s\":{\"value\":\"" SECRET
            "\"}},template: {\"parameters\":{\"s\":{\"type\":\"secureString\"}}}}}");
    send_as(f, f->owner, "PUT", D "d3?" R, /* the declaration is elsewhere */
            "{\"properties\":{\"mode\":\"Incremental\",\"parameters\":{\"s\":{\"value\":\"" SECRET
            "\"}},\"templateLink\":{\"uri\":\"https://files.blob.core.windows.net/t.json\"}}}");
    assert_nowhere(folder);
    end(f, folder);
}

static void are_lost_with_the_process(void **state)
{
    struct fixture *f = *state;
    char folder[] = "/tmp/test-deployment-XXXXXX";

    begin(f, folder);
    assert_int_equal(put_template(f, "d1", TEMPLATE(WORKSPACE("ws1")), VALUES), 201);
    reopen(f, folder);
    open_now = true;
    await_deployment(f, "d1", "Failed");
    assert_non_null(
        strstr(base_json_text(f->body, "properties.error.message"), "secure parameter 's'"));
    end(f, folder);
}

static void are_put_back_with_the_last_good_one(void **state)
{
    struct fixture *f = *state;

    make_group(f);
    assert_int_equal(put_template(f, "good", TEMPLATE(BOX_OF_IT("a")), VALUES), 201);
    await_deployment(f, "good", "Succeeded");
    f->rp.refuse_put = 400;
    assert_int_equal(
        send_properties(
            f, f->owner, "PUT", D "bad?" R,
            "{'mode':'Incremental','onErrorDeployment':{'type':'LastSuccessful'},"
            "'template':" T("'resources':[" BOX(
                "a",
                ",'tags':{'length':'none'}") ","
                                             "{'type':'Microsoft.HealthcareApis/workspaces',"
                                             "'apiVersion':'2021-11-01','name':'ws1','location':"
                                             "'westus2','dependsOn':['a']}]") "}"),
        201);
    await_deployment(f, "bad", "Failed");
    assert_string_equal(base_json_text(f->body, "properties.onErrorDeployment.provisioningState"),
                        "Succeeded");
    assert_true(box_there(f, "a"));
    assert_string_equal(base_json_text(f->body, "tags.length"), "11");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit(are_neither_stored_nor_shown),
        unit(are_in_no_body_that_is_traced),
        unit(are_lost_with_the_process),
        unit(are_put_back_with_the_last_good_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
