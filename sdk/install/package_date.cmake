# Read by cpack before it packs: every time in a package is this one.
if(NOT DEFINED ENV{SOURCE_DATE_EPOCH})
  set(ENV{SOURCE_DATE_EPOCH} ${CPACK_RPIKIT_DATE})
endif()
