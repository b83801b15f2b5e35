#include "sdk/devices/makefile.hpp"

#include <catch2/catch_test_macros.hpp>

#include "sdk/devices/build_graph.hpp"
#include "tests/support/temp_dir.hpp"

using namespace rpikit;
using devices::Conditions;
using devices::Ways;

namespace {

/// The conditions of a word in a list, joined; "?" when it is not there.
std::string conditions(const devices::Makefile& lists, const std::string& list, const std::string& word) {
    const auto found = lists.find(list);
    if (found == lists.end()) return "?";
    for (const auto& each : found->second) {
        if (each.text != word) continue;
        std::string text;
        for (const auto& symbol : each.conditions)
            text += (text.empty() ? "" : " ") + symbol;
        return text;
    }
    return "?";
}

}  // namespace

TEST_CASE("a Makefile's lists have the symbols of their names and of the conditions around", "[devices]") {
    const auto lists = devices::read_makefile(R"(
# obj-$(CONFIG_COMMENT) += comment.o
obj-$(CONFIG_A) += a.o b.o \
	c.o folder/ # d.o
ifeq ($(CONFIG_X),y)
obj-y += with_x.o
ifdef CONFIG_Y
obj-m += with_xy.o
endif
else
obj-y += without_x.o
endif
ifneq ($(CONFIG_Z),)
foo-$(CONFIG_B) := part.o
endif
ifeq ($(CONFIG_Z),)
foo-objs += other.o
else ifeq ($(CONFIG_W),y)
foo-y += third.o
endif
obj-$(subst m,y,$(CONFIG_S)) += sub/
obj- += never.o
obj-n += never2.o
)");
    CHECK(conditions(lists, "obj", "a.o") == "A");
    CHECK(conditions(lists, "obj", "c.o") == "A");
    CHECK(conditions(lists, "obj", "folder/") == "A");
    CHECK(conditions(lists, "obj", "d.o") == "?");
    CHECK(conditions(lists, "obj", "comment.o") == "?");
    CHECK(conditions(lists, "obj", "with_x.o") == "X");
    CHECK(conditions(lists, "obj", "with_xy.o") == "X Y");
    CHECK(conditions(lists, "obj", "without_x.o") == "!X");
    CHECK(conditions(lists, "foo", "part.o") == "B Z");
    CHECK(conditions(lists, "foo", "other.o") == "!Z");
    CHECK(conditions(lists, "foo", "third.o") == "W Z");
    CHECK(conditions(lists, "obj", "sub/") == "S");
    CHECK(conditions(lists, "obj", "never.o") == "?");
    CHECK(conditions(lists, "obj", "never2.o") == "?");
}

TEST_CASE("what can never be built together has no place in a list", "[devices]") {
    const auto lists =
        devices::read_makefile("ifdef CONFIG_A\nifndef CONFIG_A\nobj-y += x.o\nendif\nendif\n");
    CHECK(conditions(lists, "obj", "x.o") == "?");
    Conditions both = {"A"};
    CHECK_FALSE(devices::merge(both, {"!A"}));
}

TEST_CASE("objects are found through composites, references and folders", "[devices]") {
    const test::TempDir tree;
    tree.write("Kbuild", "obj-y += drivers/\n");
    tree.write("drivers/Makefile",
               "obj-$(CONFIG_NET) += net/\nobj-$(CONFIG_USB) += net/\nobj-y += plain.o loop.o\n"
               "loop-y := loop.o more.o\n");
    tree.write("drivers/net/Makefile",
               "obj-$(CONFIG_MAC) += mac.o\nmac-y := core.o\nmac-$(CONFIG_PTP) += ptp.o\n"
               "mac-y += $(common-objs) ../shared.o\ncommon-objs := lib.o\n"
               "obj-$(CONFIG_B) += two.o\nobj-$(CONFIG_A) += two.o\n"
               "obj-$(CONFIG_A) += $(wildcard *.o)\n");
    const auto graph = devices::read_build_graph(tree.path(), "arm64", {"drivers"});
    CHECK(graph.objects.at("drivers/plain") == Ways{{}});
    CHECK(graph.objects.at("drivers/more") == Ways{{}});
    CHECK(graph.objects.at("drivers/net/core") == Ways{{"MAC"}});
    CHECK(graph.objects.at("drivers/net/ptp") == Ways{{"MAC", "PTP"}});
    CHECK(graph.objects.at("drivers/net/lib") == Ways{{"MAC"}});
    CHECK(graph.objects.at("drivers/shared") == Ways{{"MAC"}});
    CHECK(graph.objects.at("drivers/net/two") == Ways{{"A"}, {"B"}});
    CHECK(graph.folders.at("drivers/net") == Ways{{"NET"}, {"USB"}});
    CHECK_FALSE(graph.objects.contains("drivers/net/missing"));
}

TEST_CASE("arm's machine folders and a Kbuild before a Makefile are found", "[devices]") {
    const test::TempDir tree;
    tree.write("arch/arm/Makefile",
               "machine-$(CONFIG_ARCH_ACME) += acme\ncore-$(CONFIG_PLAT) += arch/arm/plat/\n");
    tree.write("arch/arm/Kbuild", "obj-y += kernel/\n");
    tree.write("arch/arm/mach-acme/Makefile", "obj-$(CONFIG_SMP) += platsmp.o\n");
    tree.write("arch/arm/plat/Makefile", "obj-y += common.o\n");
    tree.write("arch/arm/kernel/Makefile", "obj-y += wrong.o\n");
    tree.write("arch/arm/kernel/Kbuild", "obj-y += right.o\n");
    const auto graph = devices::read_build_graph(tree.path(), "arm", {"arch/arm"});
    CHECK(graph.folders.at("arch/arm/mach-acme") == Ways{{"ARCH_ACME"}});
    CHECK(graph.objects.at("arch/arm/mach-acme/platsmp") == Ways{{"SMP"}});
    CHECK(graph.folders.at("arch/arm/plat") == Ways{{"PLAT"}});
    CHECK(graph.objects.contains("arch/arm/kernel/right"));
    CHECK_FALSE(graph.objects.contains("arch/arm/kernel/wrong"));
}
