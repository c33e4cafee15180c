/* SPDX-License-Identifier: Apache-2.0
 *
 * evaluate.c - the table of functions, and how each one's answer is put.
 */
#include "config.h"

#include <string.h>

#include "native/dag_document.h"
#include "native/evaluate.h"
#include "native/pickle_json.h"
#include "pickle/airflow_kwargs.h"
#include "pickle/pyjson.h"
#include "pickle/unpickle.h"

struct call {
    const struct sql_field *arguments;
    const struct fernet *fernet;
    struct native_answer *answer;
};

struct native_function {
    const char *name;
    size_t argument_count;
    size_t strict_count; /* that many arguments, the last ones: one NULL gives NULL */
    bool is_bytes;
    int (*compute)(const struct call *call, struct err *err);
};

/* The text of a problem goes to a server: what it quotes may be anything. */
static void set_problem(struct native_answer *answer, const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    const unsigned char *end = at + strlen(text);

    while (at < end) {
        uint32_t code_point;
        size_t size = pyjson_decode(at, (size_t)(end - at), &code_point);
        bool is_good = size > 0 && code_point >= ' ' && code_point != 0x7f &&
                       (code_point < 0xd800 || code_point > 0xdfff);

        strbuf_add(&answer->problem, is_good ? (const char *)at : "?",
                   is_good ? size : 1);
        at += size > 0 ? size : 1;
    }
}

/* There is no output with a problem. */
static int answer_or_null(const struct call *call, const char *problem)
{
    if (problem != NULL) {
        set_problem(call->answer, problem);
        call->answer->is_null = true;
    }
    return 0;
}

/* The output is good in any case. */
static int answer_and_tell(const struct call *call, const char *problem)
{
    if (problem != NULL)
        set_problem(call->answer, problem);
    return 0;
}

static int compute_unpickle_json(const struct call *call, struct err *err)
{
    const struct sql_field *pickle = &call->arguments[0];
    struct unpickle_result result;

    (void)err;
    switch (unpickle_to_json(pickle->bytes, pickle->size, NULL, &call->answer->output,
                             &result)) {
    case UNPICKLE_CONVERTED:
        return 0;
    case UNPICKLE_NOT_CONVERTIBLE:
    case UNPICKLE_LONE_SURROGATE:
    case UNPICKLE_LIMIT:
        break;
    }
    return answer_or_null(call, result.reason);
}

static int explain_kwargs(struct err *err)
{
    if (err->category != ERR_DATA || err->hint[0] != '\0')
        return -1;
    return err_hint(err,
                    "Is the Fernet key (AIRFLOW__CORE__FERNET_KEY, or [core] "
                    "fernet_key of airflow.cfg) the one that Airflow uses? A trigger "
                    "whose arguments cannot be read is of no use to Airflow, either: "
                    "it can be deleted.");
}

static int compute_encrypt_kwargs(const struct call *call, struct err *err)
{
    const struct sql_field *kwargs = &call->arguments[0];

    if (airflow_kwargs_encrypt(kwargs->bytes, kwargs->size, call->fernet,
                               &call->answer->output, err) == 0)
        return 0;
    return explain_kwargs(err);
}

static int compute_decrypt_kwargs(const struct call *call, struct err *err)
{
    const struct sql_field *stored = &call->arguments[0];

    if (airflow_kwargs_decrypt(stored->bytes, stored->size, call->fernet,
                               &call->answer->output, err) == 0)
        return 0;
    return explain_kwargs(err);
}

static int compute_pickle_json(const struct call *call, struct err *err)
{
    (void)err;
    return answer_or_null(call,
                          pickle_json(call->arguments[0].bytes, call->arguments[0].size,
                                      &call->answer->output));
}

static int compute_fileloc_hash(const struct call *call, struct err *err)
{
    (void)err;
    return answer_or_null(call,
                          dag_fileloc_hash(&call->arguments[0], &call->answer->output));
}

static int compute_deadline_alerts(const struct call *call, struct err *err)
{
    const char *problem = dag_deadline_alerts(&call->arguments[0], &call->arguments[1],
                                              &call->answer->output);

    (void)err;
    return problem == DAG_ALERTS_LEFT_OUT ? answer_and_tell(call, problem)
                                          : answer_or_null(call, problem);
}

static int compute_dag_hash(const struct call *call, struct err *err)
{
    (void)err;
    return answer_or_null(
        call, dag_hash_with_deadline(&call->arguments[0], &call->arguments[1],
                                     &call->arguments[2], &call->answer->output));
}

static int compute_compressed(const struct call *call, struct err *err)
{
    (void)err;
    return answer_and_tell(call, dag_compressed_with_deadline(&call->arguments[0],
                                                              &call->arguments[1],
                                                              &call->answer->output));
}

static int compute_has_ids(const struct call *call, struct err *err)
{
    bool has_ids;
    const char *problem =
        dag_has_deadline_ids(&call->arguments[0], &call->arguments[1], &has_ids);

    (void)err;
    strbuf_add_char(&call->answer->output, has_ids ? '1' : '0');
    return answer_or_null(call, problem);
}

static int compute_serialized_v2(const struct call *call, struct err *err)
{
    (void)err;
    return answer_and_tell(
        call, dag_serialized_v2(&call->arguments[0], &call->answer->output));
}

static const struct native_function functions[] = {
    {"unpickle_json", 1, 1, false, compute_unpickle_json},
    {"encrypt_kwargs", 1, 1, false, compute_encrypt_kwargs},
    {"decrypt_kwargs", 1, 1, false, compute_decrypt_kwargs},
    {"pickle_json", 1, 1, true, compute_pickle_json},
    {"fileloc_hash", 1, 1, false, compute_fileloc_hash},
    {"serialized_dag_v2", 1, 1, true, compute_serialized_v2},
    {"deadline_alerts", 2, 0, false, compute_deadline_alerts},
    {"dag_hash_with_deadline", 3, 1, false, compute_dag_hash},
    {"compressed_with_deadline", 2, 2, true, compute_compressed},
    {"has_deadline_ids", 2, 0, false, compute_has_ids},
};

const struct native_function *native_find(const char *name)
{
    for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++) {
        if (strcmp(functions[i].name, name) == 0)
            return &functions[i];
    }
    return NULL;
}

size_t native_argument_count(const struct native_function *function)
{
    return function->argument_count;
}

void native_answer_clear(struct native_answer *answer)
{
    fernet_wipe(&answer->output);
    strbuf_clear(&answer->problem);
}

int native_evaluate(const struct native_function *function,
                    const struct sql_field *arguments, const struct fernet *fernet,
                    struct native_answer *answer, struct err *err)
{
    struct call call = {arguments, fernet, answer};

    strbuf_truncate(&answer->output, 0);
    strbuf_truncate(&answer->problem, 0);
    answer->is_bytes = function->is_bytes;
    answer->is_null = false;
    for (size_t i = 0; i < function->strict_count; i++) {
        if (arguments[function->argument_count - 1 - i].bytes == NULL)
            answer->is_null = true;
    }
    return answer->is_null ? 0 : function->compute(&call, err);
}
