/* Decides how calls of ARM and of the identities' data plane are named for traces and fault rules, and how a refusal on purpose reads. */
#include "simulators/arm/front.h"
#include "simulators/arm/routes.h"
#include "simulators/arm/types.h"
#include "simulators/arm/views.h"
#include "simulators/kit/fault.h"

#include <stdio.h>
#include <string.h>

static const struct sim_status_word words[] = {
    {400, "BadRequest"},
    {401, "ExpiredAuthenticationToken"},
    {403, "AuthorizationFailed"},
    {404, "ResourceNotFound"},
    {409, "Conflict"},
    {412, "PreconditionFailed"},
    {429, "TooManyRequests"},
    {500, "InternalServerError"},
    {502, "BadGateway"},
    {503, "ServiceUnavailable"},
    {504, "GatewayTimeout"},
    {0, NULL},
};

static void add_provider(struct base_buf *name, const char *provider);
static const char *verb_of(const char *method, bool collection);

/* "eventhub.namespaces.put", "eventhub.namespaces.authorizationRules.listKeys": the namespace without "Microsoft." in lower
 * case, the types as the provider's manifest spells them, the method ("list" for GET of a collection) or the action. */
static void name_resource(struct arm *arm, const struct base_http_request *request,
                          const struct arm_target *target, struct base_buf *name)
{
    struct arm_type type = {0};
    const char *spelled = target->type;

    if (arm_type_find(arm, request->arena, target->type, &type) && type.name)
        spelled = type.name;
    add_provider(name, target->provider);
    for (const char *at = strchr(spelled, '/'); at && *at; at++)
        base_buf_putc(name, *at == '/' ? '.' : *at);
    base_buf_printf(name, ".%s",
                    target->action ? target->action : verb_of(request->method, target->collection));
}

/* "resources.resourceGroups.put", "resources.providers.register": the last words of the route. */
static void name_own(const struct arm_route *route, const char *method, struct base_buf *name)
{
    char words_[2][64] = {"", ""};
    bool last = false;

    for (const char *at = route->path; *at == '/';) {
        size_t len = strcspn(++at, "/");
        last = *at != '{';
        if (last) {
            memcpy(words_[0], words_[1], sizeof words_[0]);
            snprintf(words_[1], sizeof words_[1], "%.*s", (int)len, at);
        }
        at += len;
    }
    if (last && !strcmp(method, "POST"))
        base_buf_printf(name, "resources.%s.%s", words_[0], words_[1]);
    else
        base_buf_printf(name, "resources.%s.%s", words_[1], verb_of(method, last));
}

static void about(void *context, const struct base_http_request *request,
                  struct sim_call_about *out)
{
    struct arm_target target = {0};
    struct base_buf name = {0};
    bool wrong_method;

    if (!arm_path_parse(request->arena, request->method, request->path, &target))
        return;
    const struct arm_route *route = arm_route_find(request->method, &target, &wrong_method);
    if (target.type) {
        name_resource(context, request, &target, &name);
    } else if (route && route->path[0] == '/') {
        name_own(route, request->method, &name);
    } else if (target.provider && target.action) {
        add_provider(&name, target.provider);
        base_buf_printf(&name, ".%s", target.action);
    }
    if (name.data)
        snprintf(out->call, sizeof out->call, "%s", name.data);
    base_buf_release(&name);
}

static void about_identity(void *context, const struct base_http_request *request,
                           struct sim_call_about *out)
{
    (void)context;
    snprintf(out->call, sizeof out->call, "identity.credentials.%s",
             base_equal(request->method, "POST") ? "list" : verb_of(request->method, false));
}

static void refuse(void *context, const struct base_http_request *request,
                   const struct sim_refusal *refusal, struct base_http_response *response)
{
    (void)context;
    (void)request;
    sim_resource_refuse(response, refusal->status,
                        refusal->code ? refusal->code
                                      : sim_status_word(words, refusal->status, "Error"),
                        NULL, "%s", refusal->message);
    base_headers_set(&response->headers, "x-ms-failure-cause", "gateway");
    if (refusal->status == 401)
        base_headers_set(&response->headers, "WWW-Authenticate",
                         "Bearer authorization_uri=\"https://login.microsoftonline.com/\", "
                         "error=\"invalid_token\", error_description=\"The access token expired\"");
}

void arm_fault_add(struct arm *arm)
{
    sim_fault_room_add(arm->world, &(struct sim_fault_room){"arm", about, refuse, arm});
    sim_fault_room_add(arm->world, &(struct sim_fault_room){"identity", about_identity, NULL, arm});
}

void arm_fault_name(struct arm *arm, const char *method, const char *path_and_query, char *out)
{
    struct sim_call_about named = {.call = ""};
    struct base_arena arena;

    base_arena_init(&arena);
    const struct base_http_request request = {
        .method = method,
        .path = base_arena_strndup(&arena, path_and_query, strcspn(path_and_query, "?")),
        .arena = &arena};
    about(arm, &request, &named);
    if (named.call[0])
        (void)snprintf(out, sizeof named.call, "%s", named.call);
    else
        base_lower(strcpy(out, base_arena_printf(&arena, "provider.%.20s", method)));
    base_arena_release(&arena);
}

static void add_provider(struct base_buf *name, const char *provider)
{
    static const char vendor[] = "Microsoft.";
    size_t skip = base_starts_nocase(provider, vendor) ? strlen(vendor) : 0;

    base_buf_puts(name, provider + skip);
    base_lower(name->data);
}

static const char *verb_of(const char *method, bool collection)
{
    static const char *const verbs[][2] = {{"GET", "get"},   {"HEAD", "head"},
                                           {"PUT", "put"},   {"PATCH", "patch"},
                                           {"POST", "post"}, {"DELETE", "delete"}};

    if (collection && !strcmp(method, "GET"))
        return "list";
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (!strcmp(verbs[i][0], method))
            return verbs[i][1];
    return "other";
}
