#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rpikit::devices {

/// Symbols that must all be set for an object to be built, sorted, each once; "!X" must not be set.
using Conditions = std::vector<std::string>;

/// One word of a list in a Makefile: "foo.o", "folder/", or a reference "$(name)".
struct ListWord {
    std::string text;
    Conditions conditions;
};

/// The lists of one of the kernel's Makefiles (Documentation/kbuild/makefiles.rst). `obj-y`, `obj-m` and
/// `obj-$(CONFIG_X)` are one list "obj"; `foo-objs`, `foo-y` and `foo-$(CONFIG_X)` are "foo"; other
/// variables keep their names.
using Makefile = std::map<std::string, std::vector<ListWord>, std::less<>>;

/// Reads the assignments of a Makefile with the ifeq, ifdef and kin around them; all else (rules, recipes,
/// functions of make) is passed over. Conditions that are not about CONFIG_ symbols count as met.
Makefile read_makefile(std::string_view text);

/// The list that a variable's name means: "foo" for "foo-objs", "foo-y" and "foo-$(CONFIG_X)".
std::string list_name(std::string_view variable);

/// Both conditions at once. \returns false when they contradict each other
bool merge(Conditions& into, const Conditions& more);

}  // namespace rpikit::devices
