#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "sdk/kconfig/dot_config.hpp"
#include "sdk/kernel/make.hpp"
#include "sdk/support/signing_key.hpp"

namespace rpikit::kernel {

/// Reads and checks a PEM file with the private key and certificate for modules; an error of kind usage names
/// the file.
Result<SigningKey> load_signing_key(const std::filesystem::path& file);

/// Where make finds the context's key. In the sandbox a path of its own, outside the build folder, so that no
/// copy of the key is left there.
std::string signing_key_path(const BuildContext& context);

/// Whether a configuration signs modules with the context's key.
bool signs_with_key(const BuildContext& context, const kconfig::DotConfig& config);

/// Points MODULE_SIG_KEY at the context's key in the text of a .config that signs modules: where it is the
/// kernel's default, by which make would write a new key into the build folder, is empty, or the user gave a
/// key. Anything else, such as a PKCS #11 address, stays. \param requests MODULE_SIG_KEY among them counts as
/// what was asked for
void use_signing_key(std::string& config, const BuildContext& context);

/// Makes the context's key if it is to be made, is needed and is not there: its file can be read by its owner
/// only. \returns the key; none when this configuration does not sign with it
Result<std::optional<SigningKey>> prepare_signing_key(const BuildContext& context,
                                                      const kconfig::DotConfig& config);

/// Removes a certificate of another key from the build folder: make would see that the key is newer, but not
/// that it is another one.
Result<> drop_other_certificate(const BuildContext& context, const SigningKey& key);

/// Checks that every module below `root` is signed by `key`. \returns how many there are
Result<std::size_t> check_signatures(const std::filesystem::path& root, const SigningKey& key);

}  // namespace rpikit::kernel
