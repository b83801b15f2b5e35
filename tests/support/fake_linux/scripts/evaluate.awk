# Evaluates the Kconfig language as far as this tree uses it (types, prompts, "default", "depends on" with "!" and
# "&&"), and drops requests whose dependency is not met, silently, as the real one does.
# Files: Kconfig..., then the requests. mode: "default" or "no" (new symbols with a prompt are n).
function rank(value) { return value == "y" ? 2 : value == "m" ? 1 : 0 }
function limit(expression,    parts, count, i, name, least, now) {
    least = 2
    count = split(expression, parts, /[ \t]*&&[ \t]*/)
    for (i = 1; i <= count; i++) {
        name = parts[i]
        if (name == "") continue
        now = name ~ /^!/ ? 2 - rank(value[substr(name, 2)]) : rank(value[name])
        if (now < least) least = now
    }
    return least
}
function wanted(name) {
    if (prompt[name] && (name in request)) return request[name]
    if (prompt[name] && mode == "no" && type[name] ~ /^(bool|tristate)$/) return "n"
    return standard[name]
}
function evaluated(name,    most, want) {
    most = limit(depends[name])
    visible[name] = most > 0
    if (type[name] == "string" || type[name] == "int") return most ? wanted(name) : ""
    want = rank(wanted(name))
    if (type[name] == "bool") return most && want ? "y" : "n"
    if (name != "MODULES" && value["MODULES"] != "y" && want == 1) want = 2
    if (want > most) want = most
    return want == 2 ? "y" : want == 1 ? "m" : "n"
}
FILENAME ~ /\/Kconfig[^\/]*$/ && $1 == "config" { name = $2; order[++symbols] = name; next }
FILENAME ~ /\/Kconfig[^\/]*$/ && name != "" && $1 ~ /^(bool|tristate|string|int)$/ {
    type[name] = $1; prompt[name] = NF > 1
    standard[name] = $1 == "string" ? "\"\"" : $1 == "int" ? "0" : "n"
    next
}
FILENAME ~ /\/Kconfig[^\/]*$/ && $1 == "default" { standard[name] = $2 ""; next }
FILENAME ~ /\/Kconfig[^\/]*$/ && $1 == "depends" {
    sub(/^[ \t]*depends on[ \t]*/, ""); depends[name] = depends[name] (depends[name] == "" ? "" : " && ") $0; next
}
FILENAME ~ /\/Kconfig[^\/]*$/ { next }
/^CONFIG_[A-Za-z0-9_]+=/ { at = index($0, "="); request[substr($0, 8, at - 8)] = substr($0, at + 1); next }
/^# CONFIG_[A-Za-z0-9_]+ is not set$/ { request[substr($2, 8)] = "n" }
END {
    do {
        changed = 0
        for (i = 1; i <= symbols; i++) {
            now = evaluated(order[i])
            if (now "" != value[order[i]] "") { value[order[i]] = now; changed = 1 }
        }
    } while (changed)
    print "#\n# Automatically generated file; DO NOT EDIT.\n# Linux Kernel Configuration\n#"
    for (i = 1; i <= symbols; i++) {
        name = order[i]
        if (value[name] == "" || (!visible[name] && value[name] == "n")) continue
        if (value[name] != "n") print "CONFIG_" name "=" value[name]
        else if (prompt[name]) print "# CONFIG_" name " is not set"
    }
}
