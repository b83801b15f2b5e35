#include "tests/emulator/fake_system.hpp"

#include <regex>

namespace rpikit::test {

std::string FakeSystem::type(const std::string& input) {
    std::string output;
    std::string typed;
    for (const char c : input) {
        if (c != '\n') {
            typed += c;
            continue;
        }
        output += typed + "\r\n" + line(typed);
        typed.clear();
    }
    return output;
}

std::string FakeSystem::line(const std::string& typed) {
    constexpr auto prompt = "/root # \x1b[6n";
    if (!logged_in_ && password_wanted) return "\r\nLogin incorrect\r\nrpi4 login: ";
    if (!logged_in_) {
        logged_in_ = typed == "root";
        return logged_in_ ? prompt : "rpi4 login: ";
    }
    if (typed.find("poweroff") != std::string::npos) {
        powered_off = true;
        return last_words;
    }
    if (typed.find("reboot") != std::string::npos && !reboot.empty()) {
        logged_in_ = false;
        return reboot;
    }
    static const std::regex question(
        R"(echo (\S+)-\$\(\((\d+)\+(\d+)\)\); (.*); echo (\S+)-\$\(\(\d+\+\d+\)\))");
    std::smatch parts;
    if (!std::regex_match(typed, parts, question)) return prompt;
    const auto mark = std::to_string(std::stoi(parts[2]) + std::stoi(parts[3]));
    const auto found = answers_.find(parts[4]);
    const auto answer = found == answers_.end() ? "sh: not found\r\n" : found->second;
    return parts[1].str() + "-" + mark + "\r\n" + answer + parts[5].str() + "-" + mark + "\r\n" + prompt;
}

std::map<std::string, std::string> healthy_answers() {
    return {
        {"dmesg -n 1", ""},
        {"uname -r", "6.12.117-tiny\r\n"},
        {"modprobe configs 2>/dev/null; zcat /proc/config.gz | grep ^CONFIG_",
         "CONFIG_HZ_250=y\r\nCONFIG_HZ=250\r\nCONFIG_BLK_DEV_LOOP=m\r\nCONFIG_LOCALVERSION=\"-tiny\"\r\n"},
        {"cat /proc/self/mountinfo",
         "1 1 0:2 / / rw - rootfs none rw\r\n14 1 179:2 / / ro,relatime - ext4 /dev/root ro\r\n"
         "16 14 0:5 / /dev rw,relatime - devtmpfs devtmpfs rw\r\n"},
        {"grep DEVNAME= /sys/dev/block/*/uevent /dev/null",
         "/sys/dev/block/179:0/uevent:DEVNAME=mmcblk0\r\n/sys/dev/block/179:1/uevent:DEVNAME=mmcblk0p1\r\n"
         "/sys/dev/block/179:2/uevent:DEVNAME=mmcblk0p2\r\n"},
        {"modprobe loop && cat /proc/modules", "loop 36864 0 - Live 0x0000000000000000\r\n"},
        {"cat /proc/mounts", "/dev/root / ext4 ro,relatime 0 0\r\nproc /proc proc rw,relatime 0 0\r\n"},
    };
}

}  // namespace rpikit::test
