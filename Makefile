# SPDX-License-Identifier: GPL-2.0
#
# The kernel module ecmp and its command line ecmpctl. "make help" tells what
# can be made. The module's own list of files is in Kbuild.

KDIR	?= /lib/modules/$(shell uname -r)/build
PREFIX	?= /usr/local
DESTDIR	?=
DEB_VERSION ?=
KERNELS	?= 6.1 6.12 7.2
RUN_ON	?= 6.1
MINUTES	?= 15
JOBS	?= 2
export PREFIX DESTDIR

VM := tests/vm

all: module cli

module: kdir
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

cli:
	$(MAKE) -C tools/ecmpctl

install: kdir
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(DESTDIR) \
		modules_install
	$(if $(DESTDIR),,depmod -a $$(cat $(KDIR)/include/config/kernel.release))
	$(MAKE) -C tools/ecmpctl install

kdir:
	@[ -e $(KDIR)/Makefile ] || { \
		echo "There is nothing to build modules against in $(KDIR)."; \
		echo "On Debian: apt-get install linux-headers-amd64."; \
		echo "For another kernel: make KDIR=/lib/modules/VERSION/build"; \
		exit 1; } >&2

unit:
	$(MAKE) -C tests/unit run

check:
	@failed=0; ran=0; \
	for check in tests/check/*; do \
		[ -f $$check ] && [ -x $$check ] || continue; \
		ran=1; \
		$$check || failed=1; \
	done; \
	[ $$ran = 1 ] || { echo "There are no checks in tests/check." >&2; exit 1; }; \
	exit $$failed

test:
	@KERNELS='$(KERNELS)' RUN_ON='$(RUN_ON)' JOBS='$(JOBS)' $(VM)/test

test-all:
	@KERNELS='$(KERNELS)' RUN_ON='$(KERNELS)' JOBS='$(JOBS)' ECMP_LONG=1 \
		$(VM)/test

test-debug:
	@$(VM)/run -k uml-debug -n debug --twice

test-races:
	@$(VM)/run -k kcsan -n races -j $(JOBS)

coverage:
	@$(VM)/coverage -j $(JOBS)

test-load:
	@CHURN_SECONDS=$${CHURN_SECONDS:-600} CYCLES=$${CYCLES:-1000} \
		KILLS=$${KILLS:-all} $(VM)/run -k uml -n load -t 14400 \
		churn.sh cycles.sh held.sh killed.sh

fuzz:
	@MINUTES='$(MINUTES)' SEED='$(SEED)' JOBS='$(JOBS)' $(VM)/fuzz

bench:
	@KERNEL='$(firstword $(RUN_ON))' $(VM)/bench $(PARTS)

test-native:
	@$(VM)/native $(addprefix -k ,$(RUN_ON))

test-packages:
	@$(VM)/packages

test-boot:
	@$(VM)/boot $(MACHINES)

test-ynl:
	@$(VM)/ynl $(RUN_ON)

deb:
	@tools/packaging/deb $(DEB_VERSION)

demo:
	@$(VM)/demo

shell:
	@$(VM)/shell $(KERNEL)

# Not through the kernel's Makefile, which may be gone by now.
clean:
	rm -rf build Module.symvers modules.order
	find src . -maxdepth 3 \( -path ./.git -o -path ./tests -o -path ./tools \) \
		-prune -o -type f \( -name '*.o' -o -name '*.ko' -o -name '*.mod' \
		-o -name '*.mod.c' -o -name '.*.cmd' -o -name '.*.d' \) \
		-exec rm -f {} +
	$(MAKE) -C tools/ecmpctl clean
	$(MAKE) -C tests/unit clean
	$(MAKE) -C tests/fuzz clean

help:
	@echo 'make            build the module for this kernel, and ecmpctl'
	@echo '                (KDIR=DIR: for the kernel whose build folder is DIR)'
	@echo 'make install    install both, as root (PREFIX=/usr/local, DESTDIR=)'
	@echo 'make clean      remove everything that was built'
	@echo 'make deb        build Debian packages of both into build/deb'
	@echo '                (DEB_VERSION: that of the changelog)'
	@echo
	@echo 'These need no kernel headers and load nothing into this kernel. They'
	@echo 'install the Debian packages that they need, and say so:'
	@echo
	@echo 'make demo       watch it route, in a virtual machine of its own'
	@echo 'make shell      try it by hand, in a virtual machine of its own'
	@echo '                (KERNEL=6.1, 6.12 or 7.2)'
	@echo 'make test       run all tests: builds for each of the KERNELS'
	@echo '                ($(KERNELS)), selftests on Linux $(RUN_ON), which is'
	@echo "                Debian 12's"
	@echo 'make test-all   the same, with the selftests on each of the KERNELS,'
	@echo '                those that measure, too'
	@echo 'make test-debug the selftests on a kernel that finds what tests cannot see'
	@echo '                (KASAN, lockdep, kmemleak ...), twice in one boot; the first'
	@echo '                time it builds that kernel, which takes twenty minutes'
	@echo 'make test-races the selftests on a kernel that finds data races (KCSAN),'
	@echo '                emulated; built once, too'
	@echo 'make coverage   which lines of the module the selftests run, on a kernel'
	@echo '                that counts them, which is built once'
	@echo 'make test-load  two CPUs of packets while everything changes, for CHURN_SECONDS'
	@echo '                (600); the module loaded and removed CYCLES times (1000);'
	@echo '                packets held while their path goes; ecmpctl killed at each of'
	@echo '                its steps. An hour or so, in User Mode Linux'
	@echo 'make fuzz       look for inputs that break what reads untrusted bytes, in'
	@echo '                user space and in the kernel, for MINUTES=$(MINUTES); each run'
	@echo '                looks elsewhere (SEED=N: where another one has looked)'
	@echo "make test-native  the kernel's own selftests on each of RUN_ON, without"
	@echo '                the module and with it deciding: what is worse fails'
	@echo 'make test-packages  build the Debian packages, and install, upgrade and'
	@echo '                purge them in a Debian 12 of their own (5 min)'
	@echo 'make test-boot  boot a Debian 12 with these packages, its own kernel and'
	@echo '                systemd: with ifupdown, systemd-networkd, NetworkManager, and'
	@echo '                with a mistake in the configuration (MACHINES="networkd":'
	@echo '                that one)'
	@echo "make test-ynl   the kernel's own ynl speaks with the module by ecmp.yaml, on"
	@echo '                each of RUN_ON'
	@echo 'make unit       run the unit tests alone'
	@echo 'make check      run the static checks alone'
	@echo 'make bench      measure beside the kernel alone, and look-ups beside those of'
	@echo '                DPDK. Prints what packets, their decision, their'
	@echo '                forwarding and configurations cost, the ratio, and goals'
	@echo '                that are met or missed; figures and plots are in'
	@echo '                build/bench. Instructions'
	@echo '                on Linux $(firstword $(RUN_ON)), nanoseconds in User Mode Linux, which is'
	@echo '                built once. An hour or two; PARTS="cost count": some of it.'
	@echo '                tests/vm/bench tells which parts there are'
	@echo
	@echo 'One selftest alone: tests/vm/run -k 6.1 tests/selftests/NAME.sh'

.PHONY: all module cli install kdir unit check test test-all test-debug \
	test-races coverage test-load fuzz test-native test-packages test-boot \
	test-ynl bench deb demo shell clean help
