/* SPDX-License-Identifier: Apache-2.0
 *
 * doctor_json.c - an examination for a program.
 */
#include "config.h"

#include <jansson.h>
#include <stdio.h>

#include "doctor/doctor.h"

static json_t *texts(const struct list *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++)
        (void)json_array_append_new(array, json_string(list->items[i]));
    return array;
}

static json_t *place_object(const struct diagnosis *diagnosis, int position)
{
    const struct revision *revision;

    if (position < 0)
        return json_null();
    revision = diagnosis->chain->revisions.items[position];
    return json_pack("{s:s, s:s, s:s*}", "revision", revision->id, "version",
                     revision->version, "title", revision->title);
}

static json_t *candidates(const struct diagnosis *diagnosis, const struct list *list)
{
    json_t *array = json_array();

    for (size_t i = 0; i < list->count; i++) {
        const struct candidate *candidate = list->items[i];
        json_t *object = place_object(diagnosis, candidate->position);

        if (json_is_null(object))
            object = json_object();
        (void)json_object_set_new(object, "differences",
                                  json_integer(candidate->differences));
        (void)json_array_append_new(array, object);
    }
    return array;
}

static json_t *chain_object(const struct diagnosis *diagnosis)
{
    static const char *const verdicts[] = {"absent",        "right",   "unstamped",
                                           "wrong version", "between", "drifted"};
    json_t *object = json_pack(
        "{s:s, s:b, s:o}", "verdict", verdicts[diagnosis->verdict], "is_bad",
        (int)diagnosis_is_bad(diagnosis), "version_table", texts(&diagnosis->versions));

    (void)json_object_set_new(object, "unknown", texts(&diagnosis->unknown));
    (void)json_object_set_new(object, "says",
                              place_object(diagnosis, diagnosis->versions.count > 0
                                                          ? diagnosis->claimed
                                                          : -1));
    (void)json_object_set_new(object, "equal",
                              candidates(diagnosis, &diagnosis->equal));
    (void)json_object_set_new(object, "nearest",
                              candidates(diagnosis, &diagnosis->ranking));
    (void)json_object_set_new(object, "differences", texts(&diagnosis->differences));
    (void)json_object_set_new(object, "surplus", texts(&diagnosis->surplus));
    (void)json_object_set_new(object, "names", texts(&diagnosis->names));
    if (diagnosis->verdict == VERDICT_BETWEEN)
        (void)json_object_set_new(object, "half",
                                  json_pack("{s:o, s:i, s:i}", "of",
                                            place_object(diagnosis, diagnosis->half),
                                            "done", (int)diagnosis->half_done, "all",
                                            (int)diagnosis->half_all));
    return object;
}

static json_t *leftover_objects(const struct list *leftovers)
{
    json_t *array = json_array();

    for (size_t i = 0; i < leftovers->count; i++) {
        const struct leftover *leftover = leftovers->items[i];
        json_t *object =
            json_pack("{s:s, s:s, s:s, s:s, s:s*, s:s*}", "kind", leftover->kind,
                      "name", leftover->name, "is", leftover_word(leftover->sureness),
                      "text", leftover->words, "look_sql", leftover->look_sql,
                      "mend_sql", leftover->mend_sql);

        if (leftover->rows >= 0)
            (void)json_object_set_new(object, "rows", json_integer(leftover->rows));
        (void)json_array_append_new(array, object);
    }
    return array;
}

void doctor_print_json(const struct examination *examination,
                       const struct list *statements)
{
    static const char *const phases[] = {"none", "build", "swapped"};
    json_t *root = json_pack(
        "{s:i, s:b, s:o, s:o, s:o, s:o, s:s, s:b, s:f}", "format_version", 1, "is_bad",
        (int)examination_is_bad(examination), "core", chain_object(&examination->core),
        "fab", chain_object(&examination->fab), "left_overs",
        leftover_objects(&examination->leftovers), "own", texts(&examination->own),
        "migration", examination->is_chain ? "chain" : phases[examination->run.phase],
        "at_work", (int)examination->is_at_work, "seconds", examination->seconds);

    if (statements != NULL)
        (void)json_object_set_new(root, "repaired", texts(statements));
    (void)json_dumpf(root, stdout, JSON_INDENT(2));
    (void)printf("\n");
    json_decref(root);
}
