# SPDX-License-Identifier: Apache-2.0
#
# Writes C source with the text of every file named on the command line, sorted as given.
# C99 promises only 4,095 characters a string literal, so the texts are arrays of lines'
# bytes; compilers take far more, and -Woverlength-strings is not asked for.
function quoted(line)
{
    gsub(/\\/, "&&", line)
    gsub(/"/, "\\\"", line)
    gsub(/\t/, "\\t", line)
    gsub(/\?\?/, "?\\?", line)
    return "\"" line "\\n\""
}

BEGIN {
    print "/* Made by build-aux/embed.awk; do not edit. */"
    print "#include \"base/embedded.h\"\n"
    print "const struct embedded_file embedded_files[] = {"
}

FNR == 1 {
    if (count++)
        print "    },"
    path = FILENAME
    sub(/^.*\/sql\//, "sql/", path)
    print "    {\"" path "\",\n     \"\""
}

{
    print "     " quoted($0)
}

END {
    if (count)
        print "    },"
    print "};"
    print "const size_t embedded_file_count = " count ";"
}
