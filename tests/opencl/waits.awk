# Reads AMD assembly; counts its barriers, and those of them that can be reached, on any path, while an access to local memory
# (ds_...) is under way: without s_waitcnt lgkmcnt(0) between them. The variable word is the name of that count.

function start(name) { blocks++; block[name] = blocks; text[blocks] = ""; to[blocks] = blocks + 1 " " }

BEGIN { start("entry") }
/^[._A-Za-z0-9$]+:/ { name = $1; sub(/:.*/, "", name); start(name); next }
$1 ~ /^ds_/ { text[blocks] = text[blocks] "access " }
$1 == "s_waitcnt" && (/lgkmcnt\(0\)/ || $2 == "0") { text[blocks] = text[blocks] "wait " }
$1 == "s_barrier" { barriers++; text[blocks] = text[blocks] "barrier:" NR " " }
$1 ~ /^s_cbranch/ { text[blocks] = text[blocks] "jump:" $2 " " }
$1 == "s_branch" { text[blocks] = text[blocks] "jump:" $2 " "; to[blocks] = "" ; start("after" NR) }
$1 == "s_endpgm" { to[blocks] = ""; start("after" NR) }

# Whether an access is under way where a block begins grows until it changes no more.
END {
    do {
        changed = 0
        for (i = 1; i <= blocks; i++) {
            pending = begins[i]
            count = split(text[i], words, " ")
            for (w = 1; w <= count; w++) {
                split(words[w], part, ":")
                if (part[1] == "access") pending = 1
                else if (part[1] == "wait") pending = 0
                else if (part[1] == "barrier" && pending) reached[part[2]] = 1
                else if (part[1] == "jump" && pending && !begins[block[part[2]]]) changed = begins[block[part[2]]] = 1
            }
            if (to[i] != "" && pending && !begins[i + 1]) changed = begins[i + 1] = 1
        }
    } while (changed)
    for (line in reached) unguarded++
    print "barriers", barriers + 0
    print word, unguarded + 0
}
