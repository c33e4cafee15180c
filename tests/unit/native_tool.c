/* SPDX-License-Identifier: Apache-2.0
 *
 * native_tool.c - lets another program (tests/oracle/native_oracle.py) call the native
 * conversions many times in one process. Not installed.
 *
 *     native_tool unpickle|xcom|kwargs-encrypt|kwargs-decrypt < requests > answers
 *
 * A request is a length (4 bytes, little-endian) and that many bytes. An answer is a
 * kind (1 byte: 0 is success), a length and the output, which is a reason on failure.
 * The Fernet keys are in the environment variable NATIVE_TOOL_KEYS.
 */
#include "config.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/strbuf.h"
#include "base/xalloc.h"
#include "pickle/airflow_kwargs.h"
#include "pickle/fernet.h"
#include "pickle/unpickle.h"
#include "pickle/xcom_json.h"

struct request {
    unsigned char *bytes;
    size_t size;
};

/* Fills `output`, with a reason where the kind it returns is not 0. */
typedef int convert_function(const struct request *request, const struct fernet *fernet,
                             struct strbuf *output);

static int convert_pickle(const struct request *request, const struct fernet *fernet,
                          struct strbuf *output)
{
    struct unpickle_result result;

    (void)fernet;
    (void)unpickle_to_json(request->bytes, request->size, NULL, output, &result);
    if (result.kind == UNPICKLE_NOT_CONVERTIBLE || result.kind == UNPICKLE_LIMIT)
        strbuf_add_string(output, result.reason);
    return (int)result.kind;
}

static int convert_xcom(const struct request *request, const struct fernet *fernet,
                        struct strbuf *output)
{
    struct xcom_result result;

    (void)fernet;
    (void)xcom_json_convert(request->bytes, request->size, output, &result);
    if (result.kind != XCOM_CONVERTED)
        strbuf_add_string(output, result.reason);
    return (int)result.kind;
}

static int encrypt_kwargs(const struct request *request, const struct fernet *fernet,
                          struct strbuf *output)
{
    struct err err = {0};

    if (airflow_kwargs_encrypt((const char *)request->bytes, request->size, fernet,
                               output, &err) == 0)
        return 0;
    strbuf_add_string(output, err.text);
    return 1;
}

static int decrypt_kwargs(const struct request *request, const struct fernet *fernet,
                          struct strbuf *output)
{
    struct err err = {0};

    if (airflow_kwargs_decrypt((const char *)request->bytes, request->size, fernet,
                               output, &err) == 0)
        return 0;
    strbuf_add_string(output, err.text);
    return 1;
}

static const struct mode {
    const char *name;
    convert_function *convert;
} modes[] = {
    {"unpickle", convert_pickle},
    {"xcom", convert_xcom},
    {"kwargs-encrypt", encrypt_kwargs},
    {"kwargs-decrypt", decrypt_kwargs},
};

/* Memory of exactly the size asked for, so that valgrind and ASan see each overrun. */
static int read_request(struct request *request)
{
    unsigned char header[4];
    size_t got = fread(header, 1, sizeof(header), stdin);

    if (got == 0)
        return 0;
    if (got != sizeof(header))
        return -1;
    request->size = header[0] | (size_t)header[1] << 8 | (size_t)header[2] << 16 |
                    (size_t)header[3] << 24;
    request->bytes = xmalloc(request->size);
    return fread(request->bytes, 1, request->size, stdin) == request->size ? 1 : -1;
}

static int write_answer(int kind, const struct strbuf *output)
{
    unsigned char header[5] = {(unsigned char)kind};

    for (int i = 0; i < 4; i++)
        header[1 + i] = (unsigned char)(output->length >> (8 * i));
    if (fwrite(header, 1, sizeof(header), stdout) != sizeof(header) ||
        fwrite(strbuf_text(output), 1, output->length, stdout) != output->length)
        return -1;
    return 0;
}

static int run(convert_function *convert, const struct fernet *fernet)
{
    for (;;) {
        struct request request = {NULL, 0};
        struct strbuf output = STRBUF_INIT;
        int status = read_request(&request);
        int kind;

        if (status == 1) {
            kind = convert(&request, fernet, &output);
            status = write_answer(kind, &output) == 0 ? 1 : -1;
        }
        free(request.bytes);
        strbuf_clear(&output);
        if (status != 1)
            return status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
}

int main(int argc, char **argv)
{
    const char *keys = getenv("NATIVE_TOOL_KEYS");
    struct fernet *fernet = NULL;
    struct err err = {0};
    int status = 2;

    if (fernet_new(keys != NULL ? keys : "", &fernet, &err) != 0) {
        (void)fprintf(stderr, "native_tool: %s\n", err.text);
        return status;
    }
    for (size_t i = 0; argc == 2 && i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(argv[1], modes[i].name) == 0)
            status = run(modes[i].convert, fernet);
    }
    fernet_free(fernet);
    return status;
}
