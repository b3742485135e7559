# Fails where a sentence with a number (%n) has no singular and plural in translations/.
# Needs ROOT, LUPDATE, OUT (a file to work on).
configure_file(${ROOT}/translations/secondlook_en.ts ${OUT} COPYONLY)
execute_process(COMMAND ${LUPDATE} -pluralonly -no-obsolete -locations none ${ROOT}/widgets -ts ${OUT}
  RESULT_VARIABLE code OUTPUT_QUIET ERROR_QUIET)
if(code)
  message(FATAL_ERROR "lupdate has failed: ${code}")
endif()
file(READ ${OUT} text)
string(REGEX MATCHALL "<source>[^\n]*</source>[^<]*<translation type=\"unfinished\"" missing "${text}")
if(missing)
  message(FATAL_ERROR "translations/secondlook_en.ts lacks singular and plural of: ${missing}\n"
    "Run lupdate -pluralonly -no-obsolete -locations none widgets -ts translations/secondlook_en.ts and fill them in.")
endif()
