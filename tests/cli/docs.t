#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# docs.t - the documents against the program: subcommands, options, exit codes, settings and
# names of the schema, both ways. TAP on stdout. It reads the man page's source, so that it
# needs no groff; the page itself is rendered too where groff is there.
#
# AIRSHIFT names the program (default: build/airshift).

cd "$(dirname "$0")/../.." || exit 1
airshift=${AIRSHIFT:-build/airshift}
page=man/airshift.1
number=0
failed=0

if [ ! -x "$airshift" ]; then
    echo "1..0 # SKIP no program $airshift"
    exit 77
fi

result() { # status text [more]
    number=$((number + 1))
    if [ "$1" -eq 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        [ -z "${3:-}" ] || printf '%s\n' "$3" | sed 's/^/#   /'
        failed=1
    fi
}

same() { # got wanted text
    [ "$1" = "$2" ]
    result $? "$3" "$(diff <(printf '%s\n' "$1") <(printf '%s\n' "$2"))"
}

# Without fonts and escapes.
plain() { sed -e 's/\\f[BIPR]//g' -e 's/\\-/-/g' -e 's/\\\&//g' "$@"; }

section() { # name: the lines of a .SH section
    plain "$page" | awk -v name=".SH $1" '/^\.SH /{ inside = $0 == name } inside'
}

# The lines of a command's entry in the synopsis.
synopsis() {
    section SYNOPSIS | awk -v name=".B airshift $1" \
        '/^\.(HP|PP)/{ inside = 0 } $0 == name { inside = 1 } inside'
}

options_in() { grep -oE -- '--[a-z][a-z-]*' | sort -u; }

# Names at the start of .TP entries, of the lines given.
tagged() { awk 'tag { print; tag = 0 } /^\.TP/ { tag = 1 }'; }

# --- subcommands ------------------------------------------------------------------------

commands=$("$airshift" --help | awk '/^Commands:/ { inside = 1; next } /^$/ { inside = 0 }
    inside { print $1 }')
[ -n "$commands" ]
result $? 'there are subcommands'
same "$(section SYNOPSIS | sed -n 's/^\.B airshift \([a-z]*\)$/\1/p' | sort)" \
    "$(sort <<<"$commands")" 'the synopsis has each subcommand, and no other'
same "$(plain "$page" | sed -n 's/^\.SS "airshift \([a-z]*\)"$/\1/p' | sort)" \
    "$(sort <<<"$commands")" 'each subcommand has a section, and no other'

# --- options ----------------------------------------------------------------------------

common=$(plain "$page" | awk '/^\.SS "Common options"/{ inside = 1; next } /^\.S[HS]/{ inside = 0 }
    inside' | tagged | options_in)
for command in $commands; do
    help=$("$airshift" "$command" --help)
    offered=$(awk '/^Options:/ { inside = 1; next } inside { print $1 }' <<<"$help" | sort -u)
    named=$(synopsis "$command" | options_in)
    same "$named" "$offered" "$command: the synopsis names the options that --help does"
    own=$(plain "$page" | awk -v name=".SS \"airshift $command\"" \
        '/^\.S[HS]/{ inside = $0 == name } inside' | tagged | options_in)
    missing=$(comm -23 <(printf '%s\n' "$offered") <(printf '%s\n%s\n' "$common" "$own" | sort -u))
    [ -z "$missing" ]
    result $? "$command: every option is described" "$missing"
    surplus=$(comm -23 <(printf '%s\n' "$own" | sed '/^$/d') <(printf '%s\n' "$offered"))
    [ -z "$surplus" ]
    result $? "$command: no option is described that is not there" "$surplus"
done
used=$(for command in $commands; do synopsis "$command" | options_in; done | sort -u)
missing=$(comm -23 <(printf '%s\n' "$common") <(printf '%s\n' "$used"))
[ -z "$missing" ]
result $? 'every common option belongs to a command' "$missing"

# The words of the switch, as the program lists them itself.
words=$("$airshift" switch --help | sed -n 's/^Usage: airshift switch \([a-z|]*\) .*/\1/p' | tr '|' '\n')
described=$(plain "$page" | awk '/^\.SS "airshift switch"/{ inside = 1; next } /^\.S[HS]/{ inside = 0 }
    inside' | tagged | sed -n 's/^\.B \([a-z]*\)$/\1/p')
same "$(sort <<<"$described")" "$(sort <<<"$words")" 'the words of the switch are described'

# --- exit codes, settings, states -------------------------------------------------------

codes=$(sed -n 's/^ *EXIT_CODE_[A-Z]* = \([0-9]*\),.*/\1/p' src/base/exit_code.h)
[ "$(wc -w <<<"$codes")" -ge 10 ]
result $? 'exit codes are found in the source'
same "$(section 'EXIT STATUS' | tagged | sed -n 's/^\.B \([0-9]*\)$/\1/p' | sort -n)" \
    "$(sort -n <<<"$codes")" 'the exit codes are those of the source'

config=$(section 'CONFIGURATION OF A SWITCH')
settings=$(awk '/^\.SS/ { gsub(/[]["]/, ""); section = $2 } tag && /^\.B / { print section, $2; tag = 0 }
    /^\.TP/ { tag = 1 }' <<<"$config" | sort)
wanted=$(tr -d '\n\134' <src/config/switch_config.c | grep -oE '\{ *(section|"[a-z]+"), *"[a-z_]+", *KIND_' |
    sed -e 's/{ *section,/{"green",/' -e 's/^{"\([a-z]*\)", *"\([a-z_]*\)".*/\1 \2/' | sort)
same "$settings" "$wanted" 'the settings of a switch are those of the source'

for state in provisioned caught_up verified; do
    "$airshift" inspect states --format json | grep -q "\"name\": \"$state\""
    result $? "the state \"$state\", which the documents name, is one"
done
while read -r variable; do
    case $variable in
    HOME | AIRSHIFT_TEST_*) continue ;; # the shell's; only in a build for the tests
    esac
    grep -q "$variable" "$page"
    result $? "the variable $variable is in the man page"
done < <(grep -rhoE 'getenv\("[A-Z_]+"\)|AIRSHIFT_[A-Z_]+=%s' src dialects --include='*.c' |
    grep -oE '[A-Z][A-Z_]+[A-Z]' | sort -u)

# --- README -----------------------------------------------------------------------------

# In backquotes, after a prompt, or in the examples of the man page.
unknown=$({
    grep -ohE '(`|\$ )airshift [a-z]+' ./*.md
    section EXAMPLES | grep -oE '^airshift [a-z]+'
} | awk '{ print $NF }' | sort -u | grep -vxF "$commands")
[ -z "$unknown" ]
result $? 'the commands that the documents name exist' "$unknown"
missing=$(for command in $commands; do grep -q "airshift $command" README.md || echo "$command"; done)
[ -z "$missing" ]
result $? 'README names every subcommand' "$missing"
offered=$(for command in $commands; do "$airshift" "$command" --help | awk '/^Options:/ { i = 1; next } i { print $1 }'
done | sort -u)
surplus=$(grep -E '^ +\$ airshift [a-z]+' README.md | options_in |
    comm -23 - <(printf '%s\n--help\n--version\n' "$offered" | sort -u))
[ -z "$surplus" ]
result $? 'the options in command lines of README exist' "$surplus"
missing=$(grep -ohE '\]\([A-Za-z][A-Za-z0-9_./-]*\)' ./*.md | tr -d '])(' | sort -u | while read -r file; do
    [ -e "$file" ] || echo "$file"
done)
[ -z "$missing" ]
result $? 'links in the documents lead to files' "$missing"

# Names in the database, from the source to the page.
for name in _airshift_archive__ _airshift_quarantine__ airshift_new airshift_guard; do
    grep -rq "$name" src && grep -q "$name" "$page" && grep -q "$name" README.md
    result $? "the name $name is in the source, the man page and README"
done

# --- the page ---------------------------------------------------------------------------

if command -v groff >/dev/null; then
    complaints=$(groff -man -Tutf8 -ww "$page" 2>&1 >/dev/null)
    [ -z "$complaints" ]
    result $? 'groff has no complaint' "$complaints"
fi
version=$("$airshift" --version)
grep -q "^\.TH .*\"$version\"" "$page"
result $? "the man page is about \"$version\""

echo "1..$number"
exit "$failed"
