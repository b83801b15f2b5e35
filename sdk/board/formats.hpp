#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Checks of single texts in descriptors: each says why a text is not allowed, or nothing. What ends up in a
/// file name, a command line or a configuration line must not be able to leave it.
namespace rpikit::board::format {

using Complaint = std::optional<std::string>;

Complaint not_empty(std::string_view text);
Complaint one_line(std::string_view text);       ///< no control characters, so no line break
Complaint file_name(std::string_view text);      ///< one path component that is not an option: "start4.elf"
Complaint relative_path(std::string_view text);  ///< stays below its folder: "broadcom/bcm2711-rpi-4-b.dtb"
Complaint dtb(std::string_view text);            ///< a relative path that ends in ".dtb"
Complaint name(std::string_view text);        ///< letters, digits, '-', '_', '.': sources, profiles, modules
Complaint board_name(std::string_view text);  ///< a new board's file, without dots: 1 to 64 characters
Complaint prefix(std::string_view text);      ///< CROSS_COMPILE: "aarch64-linux-gnu-"
Complaint hostname(std::string_view text);    ///< a label of RFC 1123
Complaint package(std::string_view text);     ///< Debian policy 5.6.7
Complaint sha256(std::string_view text);
Complaint url(std::string_view text);           ///< http, https, ssh, git or file, or host:path of ssh
Complaint git_branch(std::string_view text);    ///< git-check-ref-format(1), as far as it matters
Complaint memory(std::string_view text);        ///< a size for qemu -m
Complaint command_line(std::string_view text);  ///< one line, "{root}" in it, no other braces
Complaint menu_title(std::string_view text);    ///< one line, not empty, of braces only "{release}"
Complaint config_txt_line(
    std::string_view text);               ///< one line of at most 98 characters, "{image}" and "{dtb}" known
Complaint symbol(std::string_view text);  ///< of Kconfig, without CONFIG_
Complaint added_file(std::string_view text);  ///< "FILE" or "FILE:PATH"
Complaint compatible(std::string_view text);  ///< a device tree's: "brcm,bcm2711"
Complaint device_tree_node(std::string_view text);
Complaint device_tree_pattern(std::string_view text);  ///< of nodes' paths, with * and ?
Complaint device_tree_property(std::string_view text);
Complaint partition_type(std::string_view text);  ///< "0x0c" or a GUID

/// The same as a regular expression (ECMA 262) for JSON Schema: it takes all that the check takes, and as few
/// others as such an expression can tell. Empty for a check that is not of this header.
std::string_view pattern_of(Complaint (*format)(std::string_view));

}  // namespace rpikit::board::format
