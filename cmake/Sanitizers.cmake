set(IOMT_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize= (address,undefined or thread)")
add_compile_options(-Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes
                    -Wno-missing-field-initializers -fno-strict-aliasing -fno-common)
add_compile_definitions(_GNU_SOURCE)
if(IOMT_SANITIZE)
  add_compile_options(-fsanitize=${IOMT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${IOMT_SANITIZE})
endif()
