#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# includes.t - layers include downwards only, and no engine is named in a condition outside
# dialects/.

cd "$(dirname "$0")/../.." || exit 1
number=0
failed=0

result() { # ok text
    number=$((number + 1))
    if [ "$1" = 0 ]; then
        echo "ok $number - $2"
    else
        echo "not ok $number - $2"
        failed=1
    fi
}

# A layer and what it must not include.
while read -r layer forbidden; do
    [ -n "$layer" ] || continue
    found=$(grep -rnE "#include \"($forbidden)/" "src/$layer" 2>/dev/null)
    [ -z "$found" ] || echo "$found" | sed 's/^/# /'
    [ -z "$found" ]
    result $? "src/$layer includes none of ${forbidden//|/, }"
done <<'EOF'
base ast|catalog|compiler|engine|native|pickle|migrate|verify|replica|fsm|archive|config
ast catalog|compiler|engine|native|migrate|verify|replica|fsm
catalog compiler|engine|native|migrate|verify|replica|fsm
compiler native|migrate|verify|replica|fsm
engine compiler|migrate|verify|replica|fsm
pickle compiler|engine|migrate|verify|replica|fsm
native migrate|verify|replica|fsm
verify migrate|replica|fsm
operator compiler|migrate|verify|replica|backup|fsm|rehearse
watch compiler|migrate|verify|replica|backup|fsm|rehearse
clean compiler|native|pickle|migrate|verify|replica|backup|fsm|rehearse
backup migrate|verify|replica|fsm|rehearse
doctor native|pickle|verify|replica|backup|fsm|rehearse|status
preflight ast|engine|native|pickle|verify|replica|backup|fsm|rehearse|status|runbook
status ast|native|pickle|verify|replica|backup|fsm|rehearse
monitor ast|compiler|native|pickle|verify|replica|backup|fsm|rehearse|runbook|preflight
runbook ast|catalog|compiler|engine|native|pickle|migrate|verify|replica|fsm
EOF
found=$(grep -rnE "#include \"(ast|catalog|compiler|engine|native|migrate|verify|fsm)/" dialects | grep -v '^dialects/render')
[ -z "$found" ] || echo "$found" | sed 's/^/# /'
[ -z "$found" ]
result $? "dialects/ includes nothing above it"
found=$(grep -rniE 'if *\(.*("postgres|"mysql|is_pg|is_mysql)' src --include='*.c')
[ -z "$found" ] || echo "$found" | sed 's/^/# /'
[ -z "$found" ]
result $? "no engine is named in a condition outside dialects/"
found=$(grep -rn 'libpq-fe.h' src --include='*.[ch]')
[ -z "$found" ]
result $? "libpq is used in dialects/ only"
found=$(grep -rnE '<(mysql|libpq-fe)[./]' src dialects --include='*.[ch]' |
    grep -vE '^dialects/(mysql/connection\.h:.*<mysql|postgres/connection\.h:.*<libpq)')
[ -z "$found" ] || echo "$found" | sed 's/^/# /'
[ -z "$found" ]
result $? "each client library is included by its own dialect only"
echo "1..$number"
exit $failed
