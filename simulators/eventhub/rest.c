/* Answers POST /{hub}/messages and its partition and publisher forms: one event, or a JSON batch. */
#include "simulators/eventhub/rest.h"

#include "simulators/eventhub/auth.h"
#include "simulators/eventhub/text.h"

#include <stdlib.h>
#include <string.h>

#define BATCH_TYPE "application/vnd.microsoft.servicebus.json"
#define MESSAGES_MAX 5000 /* events of a batch */

struct call {
    eh_t *eh;
    const struct base_http_request *request;
    struct base_http_response *response;
    char *space;
    const char *hub_name, *partition, *publisher;
    struct eh_hub *hub;
    int fixed;
    struct base_buf encoded; /* all events, one after the other */
    size_t *ends;            /* of each in `encoded`; in the request's arena */
    size_t count;
    const char *key; /* partition key; NULL: none */
};

static bool route(struct call *call);
static bool authorize(struct call *call);
static bool find_partition(struct call *call);
static bool read_single(struct call *call);
static bool read_batch(struct call *call);
static bool read_element(struct call *call, const cJSON *element);
static bool read_broker(struct call *call, const cJSON *broker);
static void begin_message(struct call *call, struct base_buf *properties, size_t *map);
static void end_message(struct call *call, struct base_buf *properties, uint32_t items, size_t map,
                        struct amqp_bytes body);
static void append(struct call *call);
static bool refuse(struct call *call, int status, const char *fmt, ...) BASE_PRINTF(3, 4);

void eh_rest_handle(void *eh, const struct base_http_request *request,
                    struct base_http_response *response)
{
    struct call call = {.eh = eh, .request = request, .response = response, .fixed = -1};
    const char *type = base_headers_get(request->headers, "Content-Type");
    call.space = base_arena_strndup(request->arena, request->host, strcspn(request->host, ".:"));
    if (route(&call) && authorize(&call) && find_partition(&call) &&
        (type && base_starts_nocase(type, BATCH_TYPE) ? read_batch(&call) : read_single(&call)))
        append(&call);
    eh_hub_unref(call.hub);
    base_buf_release(&call.encoded);
}

/* -- what is asked -- */

static bool route(struct call *call)
{
    const char **parts;
    size_t count = base_path_split(call->request->arena, call->request->path, &parts);
    bool messages = count >= 2 && base_equal_nocase(parts[count - 1], "messages");
    if (messages && count == 4 && base_equal_nocase(parts[1], "partitions"))
        call->partition = parts[2];
    if (messages && count == 4 && base_equal_nocase(parts[1], "publishers"))
        call->publisher = parts[2];
    if (!messages || (count != 2 && !call->partition && !call->publisher))
        return refuse(call, 404,
                      "The path '%s' is not served: expected /{hub}/messages, "
                      "/{hub}/partitions/{id}/messages or "
                      "/{hub}/publishers/{name}/messages.",
                      call->request->path);
    if (strcmp(call->request->method, "POST") != 0)
        return refuse(call, 405, "The method %s is not allowed here; expected POST.",
                      call->request->method);
    if (call->request->body_len > EH_MESSAGE_MAX)
        return refuse(call, 413, "The body has %zu bytes; at most %u are taken.",
                      call->request->body_len, EH_MESSAGE_MAX);
    call->hub_name = parts[0];
    call->hub = eh_hub_get(call->eh, call->space, call->hub_name);
    if (!call->hub)
        return refuse(call, 404,
                      "The messaging entity 'sb://%s." EH_DOMAIN
                      "/%s' could not be found. To know more visit "
                      "https://aka.ms/sbResourceMgrExceptions.",
                      call->space, call->hub_name);
    return true;
}

static bool authorize(struct call *call)
{
    const char *authorization = base_headers_get(call->request->headers, "Authorization");
    struct eh_claims claims = {0};
    struct eh_claim claim;
    struct base_error err = {0};
    bool sas = authorization && base_starts_nocase(authorization, "SharedAccessSignature "),
         good = false;
    char *path = eh_path_of(call->request->path);
    const struct eh_wish wish = {call->hub, NULL, EH_SEND, path};
    if (!authorization)
        (void)refuse(call, 401, "MissingToken: The authorization header was not found.");
    else if (eh_token_check(call->eh, call->space, sas ? "servicebus.windows.net:sastoken" : "jwt",
                            authorization, path, &claim, &err) != BASE_OK ||
             !eh_claims_put(&claims, &claim))
        (void)refuse(call, 401, "%s", err.message);
    else if (!eh_claims_grant(call->eh, &claims, &wish))
        (void)refuse(call, 401,
                     "Unauthorized access. 'Send' claim(s) are required to perform this operation. "
                     "Resource: 'sb://%s." EH_DOMAIN "/%s'.",
                     call->space, path);
    else
        good = true;
    eh_claims_release(&claims);
    free(path);
    return good;
}

static bool find_partition(struct call *call)
{
    int64_t number;
    enum eh_status status = eh_hub_status(call->eh, call->hub);
    if (status == EH_DISABLED || status == EH_SEND_DISABLED)
        return refuse(call, 403, "Messaging entity '%s' is currently disabled.", call->hub_name);
    if (!call->partition)
        return true;
    if (!base_parse_int64(call->partition, &number) || number < 0 ||
        number >= call->hub->partition_count)
        return refuse(call, 400,
                      "The specified partition '%s' is invalid for an EventHub partition sender or "
                      "receiver. It should be "
                      "between 0 and %d. Parameter name: PartitionId",
                      call->partition, call->hub->partition_count - 1);
    call->fixed = (int)number;
    return true;
}

/* -- events -- */

/* Headers that are HTTP's own or the protocol's are no properties of the event. */
static bool is_property(const char *name)
{
    static const char *const others[] = {
        "Authorization",   "Content-Type",      "Content-Length", "Host",   "Accept",
        "Accept-Encoding", "User-Agent",        "Connection",     "Date",   "BrokerProperties",
        "Expect",          "Transfer-Encoding", "Cache-Control",  "Pragma", "Accept-Language"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        if (base_equal_nocase(others[i], name))
            return false;
    return true;
}

static bool read_single(struct call *call)
{
    const struct base_headers *headers = call->request->headers;
    const char *broker_text = base_headers_get(headers, "BrokerProperties");
    struct base_buf properties = {0};
    uint32_t items = 0;
    size_t map;
    if (broker_text) {
        cJSON *broker = base_json_parse(broker_text, strlen(broker_text), NULL);
        bool good = read_broker(call, broker);
        cJSON_Delete(broker);
        if (!good)
            return false;
    }
    call->ends = base_arena_alloc(call->request->arena, sizeof(*call->ends));
    begin_message(call, &properties, &map);
    for (size_t i = 0; i < headers->count; i++) {
        const char *value = headers->items[i].value;
        size_t len = strlen(value);
        if (!is_property(headers->items[i].name))
            continue;
        bool quoted = len >= 2 && value[0] == '"' && value[len - 1] == '"';
        amqp_put_string(&properties, headers->items[i].name);
        amqp_put_string_n(&properties, value + quoted, len - (quoted ? 2 : 0));
        items += 2;
    }
    end_message(call, &properties, items, map,
                (struct amqp_bytes){call->request->body, call->request->body_len});
    return true;
}

static bool read_batch(struct call *call)
{
    struct base_error err = {0};
    const cJSON *element;
    cJSON *body = base_http_request_json(call->request, &err);
    bool good = true;
    if (!cJSON_IsArray(body) || cJSON_GetArraySize(body) > MESSAGES_MAX) {
        cJSON_Delete(body);
        return refuse(call, 400, "The body of a batch is a JSON array of at most %d events. %s",
                      MESSAGES_MAX, err.message);
    }
    call->ends = base_arena_alloc(call->request->arena,
                                  ((size_t)cJSON_GetArraySize(body) + 1) * sizeof(*call->ends));
    cJSON_ArrayForEach(element, body)
    {
        good = good && read_element(call, element);
    }
    cJSON_Delete(body);
    return good;
}

/* {"Body": text, "UserProperties": {..}, "BrokerProperties": {..}} */
static bool read_element(struct call *call, const cJSON *element)
{
    const cJSON *property, *users = cJSON_GetObjectItem(element, "UserProperties");
    const char *body = base_json_text(element, "Body");
    struct base_buf properties = {0};
    uint32_t items = 0;
    size_t map;
    if (!body)
        return refuse(call, 400, "Event %zu of the batch has no text in Body.", call->count);
    if (cJSON_GetObjectItem(element, "BrokerProperties") &&
        !read_broker(call, cJSON_GetObjectItem(element, "BrokerProperties")))
        return false;
    begin_message(call, &properties, &map);
    cJSON_ArrayForEach(property, users)
    {
        items += 2;
        amqp_put_string(&properties, property->string);
        if (cJSON_IsString(property))
            amqp_put_string(&properties, property->valuestring);
        else if (cJSON_IsBool(property))
            amqp_put_bool(&properties, cJSON_IsTrue(property));
        else if (cJSON_IsNumber(property) &&
                 property->valuedouble == (double)(int64_t)property->valuedouble)
            amqp_put_long(&properties, (int64_t)property->valuedouble);
        else if (cJSON_IsNumber(property))
            amqp_put_double(&properties, property->valuedouble);
        else
            amqp_put_null(&properties);
    }
    end_message(call, &properties, items, map, amqp_bytes_of(body));
    return true;
}

static bool read_broker(struct call *call, const cJSON *broker)
{
    const cJSON *property;
    if (!cJSON_IsObject(broker))
        return refuse(call, 400, "BrokerProperties is not a JSON object.");
    cJSON_ArrayForEach(property, broker)
    {
        if (!base_equal_nocase(property->string, "PartitionKey") || !cJSON_IsString(property))
            return refuse(
                call, 400,
                "The broker property '%s' is not known; expected PartitionKey with a text.",
                property->string);
        if (call->key && strcmp(call->key, property->valuestring) != 0)
            return refuse(call, 400, "All events of a batch must have the same partition key.");
        if (strlen(property->valuestring) > EH_KEY_MAX)
            return refuse(call, 400, "The partition key is longer than %d characters.", EH_KEY_MAX);
        call->key = base_arena_strdup(call->request->arena, property->valuestring);
    }
    return true;
}

static void begin_message(struct call *call, struct base_buf *properties, size_t *map)
{
    const char *type = base_headers_get(call->request->headers, "Content-Type");
    struct amqp_properties section = {.present = true, .group_sequence = -1};
    if (type && !base_starts_nocase(type, BATCH_TYPE)) {
        section.content_type = amqp_bytes_of(type);
        amqp_put_section_properties(&call->encoded, &section);
    }
    *map = amqp_put_map(properties);
}

/* Releases `properties`. */
static void end_message(struct call *call, struct base_buf *properties, uint32_t items, size_t map,
                        struct amqp_bytes body)
{
    amqp_put_end(properties, map, items);
    if (items > 0) {
        struct amqp_value value = amqp_raw(properties);
        amqp_put_section(&call->encoded, AMQP_SECTION_APPLICATION_PROPERTIES, &value);
    }
    amqp_put_section_data(&call->encoded, body.data, body.len);
    call->ends[call->count++] = call->encoded.len;
    base_buf_release(properties);
}

static void append(struct call *call)
{
    struct eh_batch batch = {0};
    struct base_error err = {0};
    if (call->partition && call->key) {
        (void)refuse(
            call, 400,
            "A partition key cannot be sent to a partition: the key chooses the partition.");
        return;
    }
    batch.items = base_arena_alloc(call->request->arena, (call->count + 1) * sizeof(*batch.items));
    for (size_t i = 0, at = 0; i < call->count; at = call->ends[i++])
        batch.items[i] = (struct eh_event){.bare = {call->encoded.data + at, call->ends[i] - at}};
    batch.count = call->count;
    batch.publisher = amqp_bytes_of(call->publisher);
    batch.key = amqp_bytes_of(call->publisher ? call->publisher : call->key);
    if (eh_hub_append(call->eh, call->hub, call->fixed, &batch, &err) != BASE_OK) {
        (void)refuse(call, err.status == BASE_TOO_LARGE ? 403 : 500, "%s", err.message);
        return;
    }
    base_http_answer_text(call->response, 201, "application/xml; charset=utf-8", "");
}

/* Always false. */
static bool refuse(struct call *call, int status, const char *fmt, ...)
{
    struct base_buf text = {0}, body = {0};
    va_list args;
    va_start(args, fmt);
    base_buf_vprintf(&text, fmt, args);
    va_end(args);
    eh_text_track(call->eh, &text, call->space, call->hub_name);
    base_buf_printf(&body, "<Error><Code>%d</Code><Detail>", status);
    for (const char *at = text.data; *at; at++)
        if (*at == '<' || *at == '&')
            base_buf_puts(&body, *at == '<' ? "&lt;" : "&amp;");
        else
            base_buf_putc(&body, *at);
    base_buf_puts(&body, "</Detail></Error>");
    base_http_answer_text(call->response, status, "application/xml; charset=utf-8", body.data);
    if (status == 405)
        base_headers_set(&call->response->headers, "Allow", "POST");
    base_buf_release(&text);
    base_buf_release(&body);
    return false;
}
