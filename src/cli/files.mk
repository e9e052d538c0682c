# What is in src/cli/: one line a file.
src_cli_files = \
	src/cli/cite.h src/cli/cite_json.c src/cli/cite_text.c \
	src/cli/cmd_blocks.c \
	src/cli/cmd_cite.c \
	src/cli/cmd_complete.c \
	src/cli/cmd_dump.c \
	src/cli/cmd_info.c \
	src/cli/cmd_rules.c \
	src/cli/cmd_scan.c \
	src/cli/cmd_search.c \
	src/cli/commands.c src/cli/commands.h \
	src/cli/console.c src/cli/console.h \
	src/cli/dispatch.c src/cli/dispatch.h \
	src/cli/exit.c src/cli/exit.h \
	src/cli/folder.c src/cli/folder.h \
	src/cli/help.c src/cli/help.h \
	src/cli/notices.c src/cli/notices.h \
	src/cli/options.c src/cli/options.h \
	src/cli/partial.c src/cli/partial.h \
	src/cli/row_writer.c src/cli/row_writer.h \
	src/cli/rules.c src/cli/rules.h \
	src/cli/rules_check.c \
	src/cli/rules_commands.h \
	src/cli/rules_test_show.c src/cli/rules_test_windows.c \
	src/cli/rules_test.c src/cli/rules_test.h \
	src/cli/session.c src/cli/session.h \
	src/cli/signals.c src/cli/signals.h \
	src/cli/suggest.c src/cli/suggest.h \
	src/cli/summary.c src/cli/summary.h \
	src/cli/tee.c src/cli/tee.h \
	src/cli/timeline.c src/cli/timeline.h \
	src/cli/words.c src/cli/words.h
dist_man1_MANS += man/evtriage.1
dist_man5_MANS += man/evtriage-rules.5 man/evtriage-mapping.5
bashcompletiondir = $(datadir)/bash-completion/completions
zshcompletiondir = $(datadir)/zsh/site-functions
install-data-hook:
	$(MKDIR_P) '$(DESTDIR)$(bashcompletiondir)' '$(DESTDIR)$(zshcompletiondir)'
	$(INSTALL_DATA) '$(srcdir)/completions/evtriage.bash' '$(DESTDIR)$(bashcompletiondir)/evtriage'
	$(INSTALL_DATA) '$(srcdir)/completions/_evtriage' '$(DESTDIR)$(zshcompletiondir)/_evtriage'
uninstall-hook:
	rm -f '$(DESTDIR)$(bashcompletiondir)/evtriage' '$(DESTDIR)$(zshcompletiondir)/_evtriage'
EXTRA_DIST += completions/evtriage.bash completions/_evtriage run-example run-tests packages.txt tools/prepare.sh
