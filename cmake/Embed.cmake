# iomt_embed(TARGET FILE SYMBOL): the bytes of FILE become `const char SYMBOL[]` (a 0 behind them) of TARGET; declare it extern where it
# is used.
function(iomt_embed target file symbol)
  set(out ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
  add_custom_command(OUTPUT ${out}
                     COMMAND ${CMAKE_COMMAND} -DFILE=${file} -DOUT=${out} -DSYMBOL=${symbol}
                             -P ${CMAKE_SOURCE_DIR}/cmake/EmbedFile.cmake
                     DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/EmbedFile.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out})
endfunction()
