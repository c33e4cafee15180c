/* SPDX-License-Identifier: Apache-2.0
 *
 * cmd_inspect_sql.c - `airshift inspect sql`: the statements of the revisions as a server of
 * some kind gets them, on the catalog that the chain itself makes, for review. No server is
 * asked.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "cmd_inspect.h"
#include "compiler/plan.h"
#include "compiler/render_statement.h"
#include "render.h"

struct printing {
    const struct inspect_sql *options;
    struct arena *arena;
    struct chain chain;
    struct simulation simulation;
    struct lowering lowering;
    size_t unwritten; /* statements that the server has no words for */
    struct err *err;
};

static int print_statement(struct printing *printing, const struct statement *statement,
                           bool is_shown)
{
    struct list sql = {NULL, 0, 0};
    struct err err = {0};
    int status;

    /* Whether there are such rows is not known here: what follows is without. */
    if (statement->only_nonempty) {
        if (is_shown)
            (void)printf("-- only where it has rows: %s\n",
                         statement->tree->create_table_as_stmt->into->rel->relname);
        return 0;
    }
    status = render_statement(&printing->simulation, &printing->lowering, statement,
                              &sql, &err);
    if (status != 0 && err.category != ERR_UNSUPPORTED) {
        *printing->err = err;
        return -1;
    }
    if (!is_shown) {
        printing->lowering.natives.count = 0;
        return 0;
    }
    if (status != 0) {
        printing->unwritten++;
        (void)printf("-- not written: %s\n", err.text);
    }
    for (size_t i = 0; i < printing->lowering.natives.count; i++)
        (void)printf("%s; -- airshift fills it\n",
                     lowering_create_side_table(&printing->lowering,
                                                printing->lowering.natives.items[i],
                                                false));
    printing->lowering.natives.count = 0;
    for (size_t i = 0; i < sql.count; i++)
        (void)printf("%s;\n", (const char *)sql.items[i]);
    return 0;
}

static int print_revision(struct printing *printing, struct revision *revision,
                          bool is_down, bool is_shown)
{
    const struct list *statements = is_down ? &revision->downgrade : &revision->upgrade;

    if (revision_parse(printing->arena, revision, printing->err) != 0)
        return -1;
    if (is_shown)
        (void)printf("-- %s %s (%s): %s\n", is_down ? "undoing" : "revision",
                     revision->id, revision->version,
                     revision->title != NULL ? revision->title : "");
    for (size_t i = 0; i < statements->count; i++) {
        if (print_statement(printing, statements->items[i], is_shown) != 0)
            return err_wrap(printing->err, "revision %s", revision->id);
    }
    return 0;
}

/* From nothing to `from` unseen, and from there to `to`. The squashed base is the start
 * where neither is older. */
static int print_chain(struct printing *printing)
{
    const struct inspect_sql *options = printing->options;
    const struct chain *chain = &printing->chain;
    bool has_from = strcmp(options->from, "none") != 0;
    size_t from = 0;
    size_t to = 0;
    size_t first = 0;

    if ((has_from && chain_resolve(chain, options->from, &from, printing->err) != 0) ||
        chain_resolve(chain, options->to, &to, printing->err) != 0)
        return -1;
    if (chain->base != NULL && !options->is_history && to >= chain->base->position &&
        (!has_from || from >= chain->base->position)) {
        if (print_revision(printing, chain->base, false, !has_from) != 0)
            return -1;
        first = chain->base->position + 1;
    }
    for (size_t i = first; i <= (has_from && from > to ? from : to); i++) {
        if (print_revision(printing, chain->revisions.items[i], false,
                           !has_from || i > from) != 0)
            return -1;
    }
    for (size_t i = from; has_from && i > to; i--) {
        if (print_revision(printing, chain->revisions.items[i], true, true) != 0)
            return -1;
    }
    return 0;
}

static int start(struct printing *printing, const struct dialect *dialect)
{
    struct arena *arena = printing->arena;

    if (chain_load(arena, printing->options->chain, &printing->chain, printing->err) !=
            0 ||
        lowering_start(&printing->lowering, arena, dialect,
                       "00000000000000000000000000000000", "2000-01-01 00:00:00+00",
                       PLAN_STATE_SCHEMA, printing->err) != 0 ||
        simulation_start(&printing->simulation, arena, catalog_new(arena, NULL),
                         dialect, false, printing->err) != 0)
        return -1;
    printing->simulation.lowering = &printing->lowering;
    printing->simulation.is_direct = !printing->options->is_history;
    printing->simulation.target_version = "3.3.0";
    return 0;
}

int cmd_inspect_sql_run(const struct inspect_sql *options, struct err *err)
{
    const struct dialect *dialect = dialect_by_name(options->engine);
    struct printing printing = {.options = options, .err = err};
    int status;

    if (dialect == NULL)
        return err_set(err, ERR_USAGE, "--engine takes postgres or mysql");
    printing.arena = arena_new();
    if (dialect_session_sql(dialect) != NULL)
        (void)printf("%s;\n", dialect_session_sql(dialect));
    status = start(&printing, dialect) == 0 ? print_chain(&printing) : -1;
    if (status == 0 && printing.unwritten > 0)
        status =
            err_set(err, ERR_UNSUPPORTED, "%zu statements are not written for %s yet",
                    printing.unwritten, options->engine);
    arena_free(printing.arena);
    return status;
}
