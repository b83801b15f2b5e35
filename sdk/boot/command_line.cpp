#include "sdk/boot/command_line.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sdk/support/text.hpp"

namespace rpikit::boot {

namespace {

/// COMMAND_LINE_SIZE of arm64 and x86, less about as much as a Raspberry Pi's firmware puts before it.
constexpr std::size_t longest = 2048 - 512;

std::string replace_all(std::string_view text, std::string_view what, std::string_view by) {
    std::string result;
    std::size_t start = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, start)) {
        result.append(text.substr(start, at - start)).append(by);
        start = at + what.size();
    }
    return result.append(text.substr(start));
}

bool has_root(const std::string& line) {
    return std::ranges::any_of(split(line, ' '), [](auto word) { return word.starts_with("root="); });
}

std::unexpected<Error> mistake(std::string message, std::string hint) {
    return fail({.message = std::move(message), .hint = std::move(hint)});
}

}  // namespace

Result<std::string> make_command_line(std::string_view pattern, std::string_view root, bool has_initramfs) {
    std::string line = replace_all(trim(pattern), "{root}", root);
    if (line.empty()) {
        return mistake("the kernel's command line is empty", "write boot.cmdline in the board's descriptor");
    }
    if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; })) {
        return mistake("the kernel's command line must be a single line without tabs",
                       "join the parameters in boot.cmdline with blanks");
    }
    if (const auto brace = line.find('{'); brace != std::string::npos && line.find('}', brace) != line.npos) {
        return mistake(fmt::format("the kernel's command line has an unknown placeholder {}",
                                   line.substr(brace, line.find('}', brace) - brace + 1)),
                       "{root} is the only one");
    }
    if (line.size() > longest) {
        return mistake(
            fmt::format("the kernel's command line has {} characters, {} are safe", line.size(), longest),
            "shorten boot.cmdline; the kernel cuts off what is too long");
    }
    if (!has_root(line) && !has_initramfs) {
        return mistake("the kernel's command line names no root file system",
                       "add root={root} to boot.cmdline");
    }
    return line;
}

}  // namespace rpikit::boot
