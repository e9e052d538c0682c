/* SPDX-License-Identifier: Apache-2.0 */
/* Security 4688 under Sigma's names, which are Sysmon's (sigma.md 12.4).  Three layouts exist: without CommandLine,
 * with it, and with the target account, the parent's name and the integrity label; so every field may be missing.
 * Native names stay, but for one: the native ProcessId is the creator's, while rules mean the new process by it.
 * It is kept as CreatorProcessId, which is what Windows' own message calls it. */
#include "src/subject/events.h"

struct known_text {
	const char *key, *text;
};

/* [MS-DTYP] 2.4.2.4: well-known SIDs.  The record has the machine account's name (HOST$) for the first. */
static const struct known_text service_accounts[] = {
	{ "S-1-5-18", "NT AUTHORITY\\SYSTEM" },
	{ "S-1-5-19", "NT AUTHORITY\\LOCAL SERVICE" },
	{ "S-1-5-20", "NT AUTHORITY\\NETWORK SERVICE" },
};

/* [MS-DTYP] 2.4.2.4, ML_*; Sysmon's words for them. */
static const struct known_text integrity_levels[] = {
	{ "S-1-16-0", "Untrusted" },
	{ "S-1-16-4096", "Low" },
	{ "S-1-16-8192", "Medium" },
	{ "S-1-16-8448", "MediumPlus" },
	{ "S-1-16-12288", "High" },
	{ "S-1-16-16384", "System" },
	{ "S-1-16-20480", "Protected" },
};

static struct slice
known_text_of(const struct known_text *list, size_t count, struct slice key)
{
	for (size_t i = 0; i < count; i++)
		if (slice_eq(key, slice_from_text(list[i].key)))
			return slice_from_text(list[i].text);
	return SLICE_EMPTY;
}

/* "-" is how Windows writes a name that is not there. */
static bool
is_nothing(struct slice text)
{
	return text.len == 0 || slice_eq(text, SLICE("-"));
}

static struct slice
account(struct draft *d, struct slice sid, struct slice domain, struct slice name)
{
	struct slice service = known_text_of(service_accounts, ARRAY_LEN(service_accounts), sid);

	if (service.len)
		return service;
	if (is_nothing(name))
		return SLICE_EMPTY;
	return is_nothing(domain) ? name : draft_join(d, domain, SLICE("\\"), name);
}

/* The account the process runs as: the target where one is given (runas, services), else its creator's. */
static void
derive_user(struct draft *d)
{
	struct slice sid = draft_text(d, "TargetUserSid"), name = draft_text(d, "TargetUserName");
	struct slice domain = draft_text(d, "TargetDomainName");
	bool has_target = !is_nothing(sid) && !slice_eq(sid, SLICE("S-1-0-0"));

	if (!has_target) {
		sid = draft_text(d, "SubjectUserSid");
		name = draft_text(d, "SubjectUserName");
		domain = draft_text(d, "SubjectDomainName");
	}
	draft_add(d, SLICE("User"), account(d, sid, domain, name));
	if (!is_nothing(sid))
		d->subject->column[COLUMN_USER_SID] = sid;
}

static void
derive_logon(struct draft *d)
{
	struct slice target = draft_text(d, "TargetLogonId");
	uint64_t number = 0;

	if (is_nothing(target) || (slice_to_u64(target, &number) && number == 0))
		target = draft_text(d, "SubjectLogonId");
	draft_add(d, SLICE("LogonId"), target);
}

static void
add_decimal(struct draft *d, struct slice name, struct slice hex)
{
	uint64_t number;

	if (slice_to_u64(hex, &number))
		draft_add(d, name, draft_number(d, number));
}

static void
derive_integrity(struct draft *d)
{
	struct slice label = draft_text(d, "MandatoryLabel");

	if (is_nothing(label))
		return;
	/* Rules list the word and the SID, newer and older ones; both answer. */
	draft_add(d, SLICE("IntegrityLevel"), known_text_of(integrity_levels, ARRAY_LEN(integrity_levels), label));
	draft_add(d, SLICE("IntegrityLevel"), label);
}

void
derive_process(struct draft *d)
{
	size_t creator = draft_find(d, "ProcessId");

	if (creator != SIZE_MAX)
		d->fields[creator].name = SLICE("CreatorProcessId");
	draft_add(d, SLICE("Image"), draft_text(d, "NewProcessName"));
	draft_add(d, SLICE("ParentImage"), draft_text(d, "ParentProcessName"));
	add_decimal(d, SLICE("ProcessId"), draft_text(d, "NewProcessId"));
	add_decimal(d, SLICE("ParentProcessId"), draft_text(d, "CreatorProcessId"));
	derive_user(d);
	derive_logon(d);
	derive_integrity(d);
}
