#include "sdk/inspect/module_fit.hpp"

#include <elf.h>

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstring>

#include "tests/inspect/samples.hpp"

using namespace rpikit;
using namespace std::string_literals;

namespace {

struct Wanted {
    std::string name;
    std::optional<std::uint32_t> crc = {};
    unsigned char binding = STB_GLOBAL;
};

template <class T>
std::string raw(const T& value) {
    return {reinterpret_cast<const char*>(&value), sizeof value};
}

/// A module that takes these symbols, and defines one.
std::string module_with(const std::string& info, const std::vector<Wanted>& wanted) {
    std::string names(1, '\0');
    std::string symbols = raw(Elf64_Sym{});
    std::string versions;
    const auto add = [&](const std::string& name, unsigned char binding, Elf64_Half section) {
        Elf64_Sym symbol{};
        symbol.st_name = static_cast<Elf64_Word>(names.size());
        symbol.st_info = static_cast<unsigned char>(ELF64_ST_INFO(binding, STT_NOTYPE));
        symbol.st_shndx = section;
        names += name + '\0';
        symbols += raw(symbol);
    };
    add("init_module", STB_GLOBAL, 1);
    for (const auto& each : wanted) {
        add(each.name, each.binding, SHN_UNDEF);
        if (!each.crc) continue;
        std::string row(64, '\0');
        std::memcpy(row.data(), &*each.crc, sizeof *each.crc);
        row.replace(8, each.name.size(), each.name);
        versions += row;
    }
    return test::elf(
        ET_REL, {{".modinfo", info}, {".symtab", symbols}, {".strtab", names}, {"__versions", versions}});
}

const std::string gpl = "license=GPL\0vermagic=6.12.1 SMP mod_unload aarch64\0"s;
const std::string closed = "license=Proprietary\0vermagic=6.12.1 SMP mod_unload aarch64\0"s;

inspect::KernelInterface kernel() {
    const auto exports = inspect::parse_exports(
        "0x11111111\tprintk\tvmlinux\tEXPORT_SYMBOL\t\n"
        "0x22222222\tinner\tvmlinux\tEXPORT_SYMBOL_GPL\t\n"
        "0x33333333\tspaced\tfs/x\tEXPORT_SYMBOL\tXFS\n"
        "0x44444444\told_form\tvmlinux\tEXPORT_SYMBOL\n",
        "Module.symvers");
    REQUIRE(exports);
    CHECK(exports->size() == 4);
    return {.release = "6.12.1", .vermagic = "6.12.1 SMP mod_unload aarch64 ", .exports = *exports};
}

std::vector<std::string> misfits(const std::string& bytes, const inspect::KernelInterface& into = kernel()) {
    const auto module = inspect::read_module(bytes);
    const auto needs = inspect::needs_of(bytes);
    REQUIRE(module);
    REQUIRE(needs);
    return inspect::misfits(*module, *needs, into);
}

}  // namespace

TEST_CASE("a module that takes what the kernel exports fits") {
    const auto bytes = module_with(gpl, {{"printk", 0x11111111}, {"inner", 0x22222222}, {"old_form"}});
    const auto needs = inspect::needs_of(bytes);
    REQUIRE(needs);
    REQUIRE(needs->size() == 3);
    CHECK((*needs)[0].name == "inner");
    CHECK((*needs)[0].crc == 0x22222222);
    CHECK_FALSE((*needs)[1].crc);
    CHECK(misfits(bytes).empty());
}

TEST_CASE("each symbol that does not fit is named with its reason") {
    CHECK(misfits(module_with(gpl, {{"gone"}})).front() == "the kernel exports no symbol gone");
    CHECK(misfits(module_with(gpl, {{"gone", {}, STB_WEAK}})).empty());
    const auto crc = misfits(module_with(gpl, {{"printk", 0x99}}));
    REQUIRE(crc.size() == 1);
    CHECK(crc.front().contains("0x00000099"));
    CHECK(crc.front().contains("0x11111111"));
    const auto license = misfits(module_with(closed, {{"inner"}, {"printk"}}));
    REQUIRE(license.size() == 1);
    CHECK(license.front().contains("inner is for GPL modules only, and the license is 'Proprietary'"));
    CHECK(misfits(module_with(gpl, {{"spaced"}})).front().contains("namespace XFS"));
    CHECK(misfits(module_with(gpl + "import_ns=XFS\0"s, {{"spaced"}})).empty());
}

TEST_CASE("another type of module_layout is another kernel, though nothing takes it") {
    auto into = kernel();
    into.exports["module_layout"] = {.crc = 7};
    CHECK(misfits(module_with(gpl, {{"module_layout", 7}}), into).empty());
    CHECK_FALSE(misfits(module_with(gpl, {{"module_layout", 8}}), into).empty());
}

TEST_CASE("a module for another release is told by both, and by nothing else") {
    const auto other = "license=GPL\0vermagic=6.1.0-rpi SMP mod_unload aarch64\0"s;
    CHECK(misfits(module_with(other, {{"gone"}})) ==
          std::vector<std::string>{"it was built for the release 6.1.0-rpi, the kernel is 6.12.1"});
    const auto preempt = "license=GPL\0vermagic=6.12.1 SMP preempt mod_unload aarch64\0"s;
    const auto reasons = misfits(module_with(preempt, {}));
    REQUIRE(reasons.size() == 1);
    CHECK(reasons.front().contains("another configuration"));
    CHECK(misfits(module_with("license=GPL\0"s, {})).front().contains("(none named)"));
}

TEST_CASE("a line that is none of Module.symvers is told by its number") {
    for (const char* line : {"0x1\tname\tvmlinux", "11\tname\tvmlinux\tEXPORT_SYMBOL",
                             "0xzz\tn\tv\tEXPORT_SYMBOL", "0x1\t\tvmlinux\tEXPORT_SYMBOL"}) {
        const auto bad = inspect::parse_exports("0x1\ta\tvmlinux\tEXPORT_SYMBOL\t\n"s + line + "\n", "file");
        INFO(line);
        REQUIRE_FALSE(bad);
        CHECK(bad.error().where->line == 2);
    }
}

TEST_CASE("symbol tables that break off or point outside do no harm") {
    const auto whole = module_with(gpl, {{"printk", 0x11111111}});
    CHECK(inspect::needs_of(whole));
    for (std::size_t size = 0; size < whole.size(); size += 7)
        (void)inspect::needs_of(std::string_view(whole).substr(0, size));
    Elf64_Sym wild{};
    wild.st_name = 0xffffffff;
    const auto bytes =
        test::elf(ET_REL, {{".modinfo", gpl}, {".symtab", raw(wild) + "half"}, {".strtab", "x"}});
    const auto needs = inspect::needs_of(bytes);
    REQUIRE(needs);
    CHECK(needs->empty());
}
