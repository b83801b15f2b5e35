#include "sdk/pipeline/external_modules.hpp"

#include <fmt/format.h>

#include "sdk/host/file.hpp"
#include "sdk/kernel/external_module.hpp"
#include "sdk/kernel/module_tree.hpp"
#include "sdk/kernel/signing.hpp"
#include "sdk/pipeline/built_board.hpp"
#include "sdk/pipeline/record.hpp"
#include "sdk/support/text.hpp"

namespace rpikit::pipeline {

namespace fs = std::filesystem;

namespace {

std::string module_name(const fs::path& file) {
    const auto name = file.filename().string();
    return name.substr(0, name.find(".ko"));
}

/// `file` under `folder`, whole or not at all.
Result<> place(const fs::path& file, const fs::path& folder) {
    TRY(host::make_directories(folder));
    TRY_ASSIGN(const auto content, host::read_file(file, std::size_t{256} << 20));
    return host::write_file(folder / file.filename(), content);
}

/// The files in `folder` are replaced by these.
Result<std::vector<fs::path>> publish(const std::vector<fs::path>& files, const fs::path& folder) {
    const auto draft = host::temporary_sibling(folder, host::Leftovers::all);
    const auto make = [&]() -> Result<> {
        for (const auto& file : files)
            TRY(place(file, draft));
        TRY(host::remove_tree(folder));
        return host::rename_path(draft, folder);
    };
    if (auto made = make(); !made) {
        const auto removed = host::remove_tree(draft);
        if (!removed) made.error().causes.push_back(removed.error().message);
        return fail(made.error());
    }
    std::vector<fs::path> placed;
    for (const auto& file : files)
        placed.push_back(folder / file.filename());
    return placed;
}

/// Modules of one folder may need each other: what they export, in its own Module.symvers, goes before what
/// an earlier version of them did.
Result<> check_all(const std::vector<fs::path>& files, const fs::path& symvers, const std::string& text,
                   inspect::KernelInterface kernel) {
    TRY_ASSIGN(auto own, inspect::parse_exports(text, symvers));
    own.merge(kernel.exports);
    kernel.exports = std::move(own);
    for (const auto& file : files)
        TRY(check_fit(file, kernel));
    return {};
}

Result<std::string> check_signed(const kernel::BuildContext& context, const fs::path& root) {
    TRY_ASSIGN(const auto config, kconfig::DotConfig::read(context.build / ".config"));
    if (config.value("MODULE_SIG_ALL") != "y") return std::string();
    TRY_ASSIGN(const auto key, kernel::prepare_signing_key(context, config));
    if (!key) return std::string();
    TRY(kernel::check_signatures(root, *key));
    return key->id;
}

/// The key is the one that the kernel was built with: no other's signature would it take.
Result<> check_key(const kernel::BuildContext& context, const BuildFolders& folders) {
    const auto record = load_record(folders.state / "configure.json");
    const auto values = record ? record->outcome.values : std::map<std::string, std::string>();
    const auto wanted = values.find("signing_key");
    if (wanted == values.end()) return {};
    const auto key = kernel::load_signing_key(context.signing_key);
    if (key && key->fingerprint == wanted->second) return {};
    return fail(
        {.message = fmt::format("the kernel of {} was built with another key for modules than {}",
                                context.board, context.signing_key.string()),
         .causes = key ? std::vector<std::string>() : std::vector{key.error().message},
         .hint = fmt::format("name the one that `build` got: rpi-kit module {} FOLDER --signing-key FILE",
                             context.board),
         .kind = ErrorKind::usage});
}

struct Made {
    std::vector<fs::path> files;
    std::string signed_by = {};
    std::string symvers = {};  ///< Module.symvers of their folder
};

/// Builds in out/BOARD/build/external; the checks see the modules before they are stripped and packed.
Result<Made> build(const host::Host& host, const kernel::BuildContext& context, const fs::path& base,
                   const fs::path& folder, const inspect::KernelInterface& kernel, bool strip) {
    const auto work = base / "objects";
    TRY_ASSIGN(const auto built, kernel::build_external_modules(host, context, folder, work));
    const auto symvers = work / "Module.symvers";
    auto exports = host::read_file(symvers).value_or("");
    TRY(check_all(built, symvers, exports, kernel));
    const auto root = base / "root";
    TRY_ASSIGN(auto files, kernel::install_external_modules(host, context, work, root, strip));
    TRY_ASSIGN(auto signer, check_signed(context, root));
    return Made{.files = std::move(files), .signed_by = std::move(signer), .symvers = std::move(exports)};
}

}  // namespace

Result<ExternalModules> make_external_modules(const host::Host& host, const board::Board& board,
                                              const BuildOptions& options, const fs::path& what,
                                              const ModuleOptions& wanted) {
    TRY_ASSIGN(const auto built, open_built_board(host, board, options));
    const BuildFolders folders(options.work, board.name);
    TRY(check_key(built.context, folders));
    TRY_ASSIGN(const auto kernel, kernel_interface(folders));
    ExternalModules result{.release = kernel.release};
    Made made{.files = {what}};
    std::error_code ignored;
    if (fs::is_regular_file(what, ignored)) {
        TRY(check_fit(what, kernel));
    } else {
        TRY_ASSIGN(
            made, build(host, built.context, folders.out / "build" / "external", what, kernel, wanted.strip));
    }
    result.signed_by = made.signed_by;
    TRY_ASSIGN(result.files, publish(made.files, folders.out / "external" / module_name(made.files.front())));
    if (!wanted.install) return result;
    // One that was given as a file is not ours to sign.
    if (result.signed_by.empty()) {
        TRY_ASSIGN(result.signed_by, check_signed(built.context, result.files.front().parent_path()));
    }
    result.installed = folders.installed_modules / kernel.release;
    for (const auto& file : result.files) {
        TRY(place(file, result.installed));
        TRY(note_installed(result.installed / file.filename(), made.symvers, folders));
    }
    return result;
}

Result<fs::path> remove_external_module(const BuildFolders& folders, const std::string& name) {
    TRY_ASSIGN(const auto release, kernel::kernel_release(folders.objects));
    std::vector<std::string> known;
    for (const auto& file : installed_modules(folders, release)) {
        known.push_back(module_name(file));
        if (known.back() != module_name(name)) continue;
        TRY(remove_installed(file));
        return file;
    }
    return fail({.message = fmt::format("no module {} was installed for {}", name, release),
                 .causes = {known.empty() ? "none was" : "there are " + join(known, ", ")},
                 .kind = ErrorKind::usage});
}

}  // namespace rpikit::pipeline
