#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "sdk/cli/command.hpp"
#include "sdk/cli/json_text.hpp"
#include "sdk/cli/report_output.hpp"
#include "sdk/host/interrupt.hpp"
#include "sdk/inspect/difference.hpp"
#include "sdk/inspect/inspect.hpp"
#include "sdk/inspect/signatures.hpp"
#include "sdk/kconfig/dot_config.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::cli {

namespace {

struct InspectArguments {
    std::filesystem::path file;
    std::string symbol;
    std::string cat;
    std::filesystem::path unpack;
    std::filesystem::path signed_by;
    bool list = false;
    bool show_config = false;
};

Result<int> show_symbol(const Context& context, const InspectArguments& arguments) {
    const auto name = arguments.symbol.starts_with("CONFIG_") ? arguments.symbol.substr(7) : arguments.symbol;
    if (!kconfig::valid_symbol(name)) {
        return fail({.message = fmt::format("'{}' is no symbol of a kernel configuration", arguments.symbol),
                     .hint = "rpi-kit inspect --config HZ FILE",
                     .kind = ErrorKind::usage});
    }
    TRY_ASSIGN(const auto config, inspect::read_config(arguments.file, {}));
    TRY_ASSIGN(const auto symbols, inspect::read_symbols(config));
    const auto found = symbols.find(name);
    // Kconfig leaves out what cannot be chosen: it has no value, which is "n" to all who ask.
    const auto value = found == symbols.end() ? "n" : kconfig::unquote(found->second);
    if (found == symbols.end() && !context.json) {
        context.host.note(fmt::format("{} is not in this configuration", name));
    }
    const nlohmann::ordered_json document = {{"file", arguments.file.string()},
                                             {"symbol", name},
                                             {"value", value},
                                             {"present", found != symbols.end()}};
    context.out(context.json ? json_text(document) : value + '\n');
    return 0;
}

Result<int> unpack(const Context& context, const InspectArguments& arguments) {
    TRY_ASSIGN(const auto left_out, inspect::unpack_inside(arguments.file, arguments.unpack, {}));
    if (!left_out.empty()) {
        context.host.note(fmt::format("left out {} devices and pipes, the first is {}", left_out.size(),
                                      printable(left_out.front())));
    }
    if (context.json) {
        const nlohmann::ordered_json document = {{"folder", arguments.unpack.string()},
                                                 {"left_out", left_out}};
        context.out(json_text(document));
    }
    return 0;
}

Result<int> verify(const Context& context, const InspectArguments& arguments) {
    TRY_ASSIGN(const auto count, inspect::verify_modules(arguments.file, arguments.signed_by, {}));
    const nlohmann::ordered_json document = {
        {"file", arguments.file.string()}, {"key", arguments.signed_by.string()}, {"modules", count}};
    context.out(context.json
                    ? json_text(document)
                    : fmt::format("{} signed by this key\n",
                                  count == 1 ? "1 module is" : fmt::format("{} modules are", count)));
    return 0;
}

Result<int> run_inspect(const Context& context, const InspectArguments& arguments) {
    // What is unpacked half would stay.
    if (arguments.unpack.empty()) host::end_by_signals();
    if (!arguments.symbol.empty()) return show_symbol(context, arguments);
    if (!arguments.signed_by.empty()) return verify(context, arguments);
    if (!arguments.unpack.empty()) return unpack(context, arguments);
    if (arguments.show_config || !arguments.cat.empty()) {
        TRY_ASSIGN(const auto content, arguments.show_config
                                           ? inspect::read_config(arguments.file, {})
                                           : inspect::read_inside(arguments.file, arguments.cat, {}));
        context.out(content);
        return 0;
    }
    TRY_ASSIGN(const auto report, inspect::inspect(arguments.file, {.list = arguments.list}));
    context.out(context.json ? report_json(arguments.file.string(), report) : report_text(report));
    return 0;
}

Runner setup(CLI::App& app) {
    auto arguments = std::make_shared<InspectArguments>();
    app.add_option(
           "FILE", arguments->file,
           "Kernel (vmlinux, Image, bzImage), module, initramfs, device tree, disk image, .deb or .config")
        ->required();
    const std::vector<CLI::Option*> ways{
        app.add_option("--config", arguments->symbol,
                       "Value of one symbol in the kernel's embedded configuration")
            ->type_name("SYMBOL"),
        app.add_flag("--show-config", arguments->show_config, "The whole embedded configuration"),
        app.add_flag("--list", arguments->list, "Name the files inside, too"),
        app.add_option("--cat", arguments->cat, "One file inside; in a disk image PARTITION:/PATH or /PATH")
            ->type_name("PATH"),
        app.add_option("--unpack", arguments->unpack,
                       "Unpack an initramfs or .deb into a folder that is new or empty")
            ->type_name("FOLDER"),
        app.add_option(
               "--signed-by", arguments->signed_by,
               "Check that a module, or all in an image, are signed by a key: its certificate, PEM or DER")
            ->type_name("CERTIFICATE")};
    const CLI::Validator not_empty(
        [](const std::string& value) { return value.empty() ? "it is empty" : ""; }, "");
    for (auto* way : ways) {
        if (way->get_type_size() > 0) way->check(not_empty);
    }
    for (std::size_t i = 0; i < ways.size(); ++i) {
        for (std::size_t j = i + 1; j < ways.size(); ++j)
            ways[i]->excludes(ways[j]);
    }
    return [arguments](const Context& context) { return run_inspect(context, *arguments); };
}

}  // namespace

Command inspect_command() {
    return {.name = "inspect",
            .summary = "Tell what a kernel, module, initramfs, image or package is and what is in it",
            .examples =
                "  rpi-kit inspect out/rpi4/sdcard.img\n"
                "  rpi-kit inspect --config HZ /boot/vmlinuz\n"
                "  rpi-kit inspect --show-config Image.gz > .config\n"
                "  rpi-kit inspect --cat 2:/etc/fstab out/rpi4/sdcard.img\n"
                "  rpi-kit inspect --unpack initrd-files initrd.img\n"
                "  rpi-kit inspect --signed-by out/rpi4/.state/signing/key.pem out/rpi4/sdcard.img",
            .setup = setup};
}

}  // namespace rpikit::cli
