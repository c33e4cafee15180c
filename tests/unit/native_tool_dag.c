/* SPDX-License-Identifier: Apache-2.0
 *
 * native_tool_dag.c - lets another program (tests/oracle/native_dag_oracle.py) call the
 * functions of src/native many times in one process. Not installed.
 *
 *     native_tool_dag FUNCTION < requests > answers
 *
 * A request is as many arguments as the function takes: each a length (4 bytes,
 * little-endian, all ones for NULL) and that many bytes. An answer is one byte (1: the
 * output is NULL, 2: there is a problem, 4: an error instead of an answer), a length
 * and the output, a length and the problem. The Fernet keys are in NATIVE_TOOL_KEYS.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/xalloc.h"
#include "native/evaluate.h"

enum { ARGUMENTS_MOST = 3 };

static uint32_t number_of(const unsigned char bytes[4])
{
    return bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

/* Memory of exactly the size asked for, so that valgrind and ASan see each overrun. 1,
 * or 0 at the end. */
static int read_argument(struct sql_field *field)
{
    unsigned char header[4];
    size_t got = fread(header, 1, sizeof(header), stdin);
    uint32_t size = number_of(header);
    char *bytes;

    if (got == 0)
        return 0;
    field->bytes = NULL;
    field->size = 0;
    if (got != sizeof(header))
        exit(2);
    if (size == UINT32_MAX)
        return 1;
    bytes = xmalloc(size);
    if (fread(bytes, 1, size, stdin) != size)
        exit(2);
    field->bytes = bytes;
    field->size = size;
    return 1;
}

static void write_text(const char *text, size_t size)
{
    unsigned char header[4];

    for (int i = 0; i < 4; i++)
        header[i] = (unsigned char)(size >> (8 * i));
    (void)fwrite(header, 1, sizeof(header), stdout);
    (void)fwrite(text, 1, size, stdout);
}

static int answer_one(const struct native_function *function,
                      const struct fernet *fernet, struct native_answer *answer)
{
    struct sql_field arguments[ARGUMENTS_MOST] = {{NULL, 0}};
    struct err err = {0};
    int kind = 0;

    for (size_t i = 0; i < native_argument_count(function); i++) {
        if (read_argument(&arguments[i]) == 0)
            return 0;
    }
    if (native_evaluate(function, arguments, fernet, answer, &err) < 0)
        kind = 4;
    else
        kind = (answer->is_null ? 1 : 0) + (answer->problem.length > 0 ? 2 : 0);
    (void)putchar(kind);
    write_text(strbuf_text(&answer->output), answer->output.length);
    if (kind == 4)
        write_text(err.text, strlen(err.text));
    else
        write_text(strbuf_text(&answer->problem), answer->problem.length);
    for (size_t i = 0; i < ARGUMENTS_MOST; i++)
        free((void *)(uintptr_t)arguments[i].bytes);
    return 1;
}

int main(int argc, char **argv)
{
    const struct native_function *function = argc == 2 ? native_find(argv[1]) : NULL;
    const char *keys = getenv("NATIVE_TOOL_KEYS");
    struct native_answer answer = {0};
    struct fernet *fernet = NULL;
    struct err err = {0};

    if (function == NULL || fernet_new(keys != NULL ? keys : "", &fernet, &err) != 0) {
        (void)fprintf(stderr, "usage: native_tool_dag FUNCTION %s\n", err.text);
        return 2;
    }
    while (answer_one(function, fernet, &answer) > 0)
        continue;
    native_answer_clear(&answer);
    fernet_free(fernet);
    return ferror(stdout) || fflush(stdout) != 0 ? 2 : 0;
}
