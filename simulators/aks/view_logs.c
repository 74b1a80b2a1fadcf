/* Decides what the `world` verb sees of what the pods' containers have written. */
#include "simulators/aks/room.h"

#include "simulators/aks/meta.h"
#include "simulators/aks/pod_run.h"

#include "common/file.h"
#include "common/text.h"

#include <stdlib.h>
#include <string.h>

#define TAIL (256u << 10) /* bytes of each log */

struct source { /* one container's log */
    const struct aks *aks;
    const char *ns, *pod, *container, *image;
};

static void add_container(cJSON *list, const struct source *source);
static void add_log(cJSON *list, const struct source *source, bool previous);
static void add_line(cJSON *list, const struct source *source, const char *line, size_t len);

cJSON *aks_view_logs(void *context)
{
    struct aks *aks = context;
    cJSON *list = cJSON_CreateArray();

    aks_lock(aks);
    for (size_t c = 0; c < aks->cluster_count; c++) {
        const struct aks_table *pods = &aks->clusters[c]->tables[AKS_POD];
        for (size_t i = 0; i < pods->count; i++) {
            const cJSON *container, *body = pods->items[i]->body;
            cJSON_ArrayForEach(container, base_json_at(body, "spec.containers"))
            {
                add_container(list, &(struct source){aks, aks_meta(body, "namespace"),
                                                     aks_meta(body, "name"),
                                                     base_json_text(container, "name"),
                                                     base_json_text(container, "image")});
            }
        }
    }
    aks_unlock(aks);
    return list;
}

/* The run before as well: a pod that was killed says there what it did. */
static void add_container(cJSON *list, const struct source *source)
{
    add_log(list, source, true);
    add_log(list, source, false);
}

static void add_log(cJSON *list, const struct source *source, bool previous)
{
    char *path = aks_log_path(source->aks, source->ns, source->pod, source->container, previous);
    struct base_buf text = {0};
    struct base_error err = {0};

    if (base_file_read(path, &text, &err) == BASE_OK && text.len) {
        const char *at = text.len > TAIL ? text.data + text.len - TAIL : text.data, *end;
        if (at > text.data)
            at = strchr(at, '\n') ? strchr(at, '\n') + 1 : at;
        for (; (end = strchr(at, '\n')); at = end + 1)
            add_line(list, source, at, (size_t)(end - at));
    }
    base_buf_release(&text);
    free(path);
}

/* A line that is a JSON object is told by its members; any other text as the message. */
static void add_line(cJSON *list, const struct source *source, const char *line, size_t len)
{
    cJSON *entry = base_json_parse(line, len, NULL);

    if (!cJSON_IsObject(entry)) {
        cJSON_Delete(entry);
        entry = cJSON_CreateObject();
        char *text = base_strndup(line, len);
        base_json_set_text(entry, "message", text);
        free(text);
    }
    base_json_set_text(entry, "namespace", source->ns);
    base_json_set_text(entry, "pod", source->pod);
    base_json_set_text(entry, "image", source->image);
    cJSON_AddItemToArray(list, entry);
}
