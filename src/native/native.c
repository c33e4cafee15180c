/* SPDX-License-Identifier: Apache-2.0
 *
 * native.c - a stream of calls in, a stream of answers out. What a call means is not
 * known here (evaluate.h).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "base/xalloc.h"
#include "native/evaluate.h"
#include "native/native.h"
#include "native/spool.h"

enum { COLUMNS = 4 };

struct computation {
    const struct native_job *job;
    const struct native_function *function;
    sql_row_function *take;
    void *take_context;
    struct native_answer answer;
    struct strbuf digest; /* of the row before */
    struct strbuf hex;
    bool is_first;
    size_t tokens_read;   /* arguments that look encrypted: converted, */
    size_t tokens_failed; /* and not */
    struct err token_error;
};

/* --- one call --------------------------------------------------------------------- */

static bool is_token(const struct sql_field *argument)
{
    return argument->size >= 4 && memcmp(argument->bytes, "gAAA", 4) == 0;
}

static int evaluate(struct computation *c, const struct sql_field *arguments,
                    const struct sql_field *digest, struct err *err)
{
    struct native_answer *answer = &c->answer;
    bool has_token = false;

    if (strstr(c->job->function, "crypt_kwargs") != NULL && arguments[0].bytes != NULL)
        has_token = is_token(&arguments[0]);
    if (native_evaluate(c->function, arguments, c->job->fernet, answer, err) == 0) {
        c->tokens_read += has_token ? 1 : 0;
        return 0;
    }
    (void)err_wrap(err, "the value with the digest %.*s", (int)digest->size,
                   digest->bytes);
    if (err->category != ERR_DATA || !c->job->has_quarantine)
        return -1;
    if (has_token && c->tokens_failed++ == 0)
        c->token_error = *err;
    strbuf_truncate(&answer->output, 0);
    strbuf_add_string(&answer->problem, err->text);
    answer->is_null = true;
    err_clear(err);
    return 0;
}

static void set_field(struct sql_field *field, const struct strbuf *text)
{
    field->bytes = strbuf_text(text);
    field->size = text->length;
}

static void add_hex(struct strbuf *hex, const struct strbuf *bytes)
{
    static const char digits[] = "0123456789abcdef";
    char piece[512];
    size_t used = 0;

    strbuf_add(hex, "\\x", 2);
    for (size_t i = 0; i < bytes->length; i++) {
        unsigned char byte = (unsigned char)bytes->data[i];

        piece[used++] = digits[byte >> 4];
        piece[used++] = digits[byte & 0xf];
        if (used == sizeof(piece)) {
            strbuf_add(hex, piece, used);
            used = 0;
        }
    }
    strbuf_add(hex, piece, used);
}

static int compute_row(void *context, const struct sql_field *fields, size_t count,
                       struct err *err)
{
    struct computation *c = context;
    const struct sql_field *digest = &fields[count - 1];
    struct sql_field row[COLUMNS] = {{NULL, 0}};

    if (count != native_argument_count(c->function) + 1 || digest->bytes == NULL)
        return err_set(err, ERR_INTERNAL, "the calls of \"%s\" come with %zu columns",
                       c->job->function, count);
    if (!c->is_first && c->digest.length == digest->size &&
        memcmp(strbuf_text(&c->digest), digest->bytes, digest->size) == 0)
        return 0;
    c->is_first = false;
    strbuf_truncate(&c->digest, 0);
    strbuf_add(&c->digest, digest->bytes, digest->size);
    if (evaluate(c, fields, digest, err) < 0)
        return -1;
    set_field(&row[0], &c->digest);
    if (!c->answer.is_null && c->answer.is_bytes) {
        strbuf_truncate(&c->hex, 0);
        add_hex(&c->hex, &c->answer.output);
        set_field(&row[1], &c->hex);
    } else if (!c->answer.is_null) {
        set_field(&row[1], &c->answer.output);
    }
    if (c->answer.problem.length > 0)
        set_field(&row[2], &c->answer.problem);
    return c->take(c->take_context, row, COLUMNS, err);
}

int native_compute(struct connection *reader, const struct native_job *job,
                   sql_row_function *function, void *context, struct err *err)
{
    struct computation c = {.job = job, .take = function, .take_context = context};
    char *sql;
    int status;

    c.function = native_find(job->function);
    if (c.function == NULL)
        return err_set(err, ERR_INTERNAL, "there is no native function \"%s\"",
                       job->function);
    c.is_first = true;
    sql = xasprintf("SELECT * FROM (%s) AS calls ORDER BY digest", job->gather);
    status = sql_stream(reader, sql, compute_row, &c, err);
    if (status == 0 && c.tokens_failed > 0 && c.tokens_read == 0) {
        *err = c.token_error;
        status = -1;
    }
    free(sql);
    native_answer_clear(&c.answer);
    strbuf_clear(&c.digest);
    strbuf_clear(&c.hex);
    return status;
}

/* --- the side table --------------------------------------------------------------- */

static int load_row(void *context, const struct sql_field *fields, size_t count,
                    struct err *err)
{
    return sql_load_row(context, fields, count, err);
}

static int spool_row(void *context, const struct sql_field *fields, size_t count,
                     struct err *err)
{
    return spool_add(context, fields, count, err);
}

/* While the reader waits, whatever turns below the other session must go on turning. */
static int turn_other(void *context)
{
    struct err dropped = {0}; /* the reader makes an error of its own */

    return sql_pause(context, 0, &dropped);
}

static struct connection *open_reader(struct connection *connection,
                                      const struct native_job *job, struct err *err)
{
    struct connection *reader = sql_connect(job->url, "native reader", err);
    struct strbuf sql = STRBUF_INIT;
    int status = 0;

    if (reader == NULL)
        return NULL;
    sql_set_idle(reader, turn_other, connection);
    if (job->group != NULL)
        status = sql_join_group(reader, job->group, err);
    if (job->lock_timeout_seconds > 0)
        sql_add_lock_timeout(reader, &sql, job->lock_timeout_seconds);
    if (status == 0 && sql.length > 0)
        status = sql_exec(reader, strbuf_text(&sql), err);
    if (status == 0 && job->settings != NULL && job->settings[0] != '\0')
        status = sql_exec(reader, job->settings, err);
    if (status == 0)
        status = sql_exec(reader, "START TRANSACTION READ ONLY", err);
    strbuf_clear(&sql);
    if (status == 0)
        return reader;
    sql_close(reader);
    return NULL;
}

static int begin_load(struct connection *connection, const struct native_job *job,
                      struct err *err)
{
    char *target = xasprintf("%s (digest, output, problem, example)", job->table);
    int status = sql_load_begin(connection, target, err);

    free(target);
    return status;
}

static int run_beside(struct connection *connection, const struct native_job *job,
                      struct err *err)
{
    struct connection *reader = open_reader(connection, job, err);
    int status = -1;

    if (reader == NULL)
        return -1;
    if (begin_load(connection, job, err) == 0 &&
        native_compute(reader, job, load_row, connection, err) == 0)
        status = sql_load_end(connection, err);
    sql_close(reader);
    return status;
}

static int run_inside(struct connection *connection, const struct native_job *job,
                      struct err *err)
{
    struct spool spool = SPOOL_INIT;
    int status = native_compute(connection, job, spool_row, &spool, err);

    if (status == 0)
        status = begin_load(connection, job, err);
    if (status == 0)
        status = spool_replay(&spool, load_row, connection, err);
    if (status == 0)
        status = sql_load_end(connection, err);
    spool_clear(&spool);
    return status;
}

int native_run(struct connection *connection, void *context, struct err *err)
{
    const struct native_job *job = context;
    /* Not TRUNCATE, which ends the transaction on some servers. */
    char *sql = xasprintf("DELETE FROM %s", job->table);
    int status = sql_exec(connection, sql, err);

    free(sql);
    if (status == 0)
        status = job->url != NULL ? run_beside(connection, job, err)
                                  : run_inside(connection, job, err);
    return status;
}
