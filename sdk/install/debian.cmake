# `cpack -G DEB` in the build folder makes rpi-kit_VERSION_ARCH.deb and librpikit-dev_VERSION_ARCH.deb. With one
# SOURCE_DATE_EPOCH two runs give the same bytes; unset, it is the changelog's date.
find_program(RPIKIT_DPKG dpkg)
find_program(RPIKIT_GZIP gzip)
if(NOT RPIKIT_DPKG OR NOT RPIKIT_GZIP)
  return()
endif()

set(maintainer "the rpi-kit authors <maintainers@rpi-kit.invalid>")
set(CPACK_RPIKIT_DATE ${RPIKIT_RELEASE_EPOCH})
rpikit_release_time(release_date "%a, %d %b %Y %H:%M:%S +0000")

# Policy 12.5 and 12.7: copyright and changelog, in each package's own folder. Compressed without a time in it.
configure_file(changelog.in changelog @ONLY)
configure_file(copyright.in copyright @ONLY)
execute_process(COMMAND ${RPIKIT_GZIP} -9nkf changelog WORKING_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR} COMMAND_ERROR_IS_FATAL ANY)
foreach(package rpi-kit librpikit-dev)
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/copyright ${CMAKE_CURRENT_BINARY_DIR}/changelog.gz
          DESTINATION ${CMAKE_INSTALL_DATADIR}/doc/${package} COMPONENT ${package})
endforeach()

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME rpi-kit)
set(CPACK_PACKAGE_VENDOR "the rpi-kit authors")
set(CPACK_PACKAGE_CONTACT "${maintainer}")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                                WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_COMPONENTS_ALL rpi-kit librpikit-dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_PROJECT_CONFIG_FILE ${CMAKE_CURRENT_SOURCE_DIR}/package_date.cmake)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION devel)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)

set(CPACK_DEBIAN_RPI-KIT_PACKAGE_NAME rpi-kit)
set(CPACK_DEBIAN_RPI-KIT_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_RPI-KIT_PACKAGE_DEPENDS "apt, ca-certificates")
# What `rpi-kit doctor` looks for, and the program installs itself where it is missing; a test compares the two.
set(CPACK_DEBIAN_RPI-KIT_PACKAGE_RECOMMENDS
    "bc, binutils, bison, bubblewrap, dosfstools, e2fsprogs, fdisk, flex, gcc, git, kmod, libc6-dev, libssl-dev, \
linux-libc-dev, make, mawk | gawk, perl")
set(CPACK_DEBIAN_RPI-KIT_PACKAGE_SUGGESTS
    "ccache, cpio, dwarves, f2fs-tools, gcc-aarch64-linux-gnu, libelf-dev, libncurses-dev, qemu-system, rsync, xz-utils, zstd")
set(CPACK_COMPONENT_RPI-KIT_DESCRIPTION
    "images of Linux for single-board computers, from a board's name\n\
rpi-kit builds a kernel, a root file system and a bootable image for a board\n\
that a small file describes, proves in QEMU that the image runs that kernel,\n\
and writes it to cards.")

set(CPACK_DEBIAN_LIBRPIKIT-DEV_PACKAGE_NAME librpikit-dev)
set(CPACK_DEBIAN_LIBRPIKIT-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBRPIKIT-DEV_PACKAGE_DEPENDS
    "libarchive-dev, libblkid-dev, libboost-filesystem1.81-dev, libcurl4-openssl-dev, libfdt-dev, libfmt-dev, liblzma-dev, \
libpugixml-dev, libssl-dev, libsystemd-dev, libtomlplusplus-dev, libxxhash-dev, pkg-config, zlib1g-dev")
set(CPACK_COMPONENT_LIBRPIKIT-DEV_DESCRIPTION
    "libraries of rpi-kit: board files, disk images, writing cards\n\
Static libraries, headers and the CMake package rpikit: reading a board's\n\
description, reading partitions and files of a disk image, and writing images\n\
to cards with block map and read-back.")
include(CPack)
