#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Loads the objects of an LDIF export into ad_lab's Samba AD DC, which must not run.
   dc_load.py SMB_CONF SAM_LDB FILE
What is below DC=lab,DC=test stays where it is; another domain's objects go below OU=Tenant. Users,
computers, groups and contacts keep their objectGUID, and every attribute of the DC's schema that a
directory does not make up itself. Left out: tombstones, links (member, manager), security
identifiers and passwords, and other classes than those, OUs and containers. A logon name that is
missing or taken is made up. Prints what it did.
"""
import base64
import sys
from collections import Counter

import ldb
from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

CLASSES = ["computer", "inetOrgPerson", "user", "group", "contact"]    # most special first
# Made by the directory, though its schema would let them be written.
OWN = {name.lower() for name in (
    "objectClass", "objectCategory", "objectSid", "sIDHistory", "distinguishedName", "name", "cn",
    "ou", "instanceType", "nTSecurityDescriptor", "primaryGroupID", "sAMAccountType", "pwdLastSet",
    "lastLogon", "lastLogoff", "lastLogonTimestamp", "logonCount", "badPwdCount", "badPasswordTime",
    "lockoutTime", "unicodePwd", "dBCSPwd", "userPassword", "servicePrincipalName", "memberOf",
    "uSNCreated", "uSNChanged", "whenCreated", "whenChanged", "isDeleted", "dSCorePropagationData")}
CONSTRUCTED = 0x4    # of systemFlags, [MS-ADTS] 2.2.10


def read_lines(path):
    """The lines of `path`, unfolded, without comments."""
    with open(path, "rb") as file:
        octets = file.read()
    encoding = "utf-16" if octets[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    line = None
    for part in octets.decode(encoding, "surrogateescape").replace("\r\n", "\n").split("\n"):
        if part.startswith(" ") and line is not None:
            line += part[1:]
            continue
        if line is not None and not line.startswith("#"):
            yield line
        line = part
    if line and not line.startswith("#"):
        yield line
    yield ""


def read_records(path):
    """(DN, {name in lower case: [octets]}) of each record."""
    dn, values = None, {}
    for line in read_lines(path):
        if not line:
            if dn:
                yield dn, values
            dn, values = None, {}
            continue
        name, _, text = line.partition(":")
        octets = (base64.b64decode(text[1:]) if text.startswith(":")
                  else text.lstrip(" ").encode("utf-8", "surrogateescape"))
        name = name.lower()
        if name == "dn":
            dn = octets.decode()
        elif name not in ("changetype", "version"):
            values.setdefault(name, []).append(octets)


class Loader:
    def __init__(self, db):
        self.db = db
        self.domain = ldb.Dn(db, str(db.domain_dn()))
        self.tenant = ldb.Dn(db, f"OU=Tenant,{db.domain_dn()}")
        self.parents = set()
        self.logon_names = set()
        self.principal_names = set()
        self.done = Counter()
        self.kept = {}    # attributes, lower case -> as the schema spells them
        for row in db.search(db.get_schema_basedn(), ldb.SCOPE_ONELEVEL,
                             "(objectClass=attributeSchema)",
                             attrs=["lDAPDisplayName", "systemOnly", "linkID", "systemFlags"]):
            name = str(row["lDAPDisplayName"][0])
            if ("linkID" in row or row.get("systemOnly", idx=0) == b"TRUE"
                    or int(row.get("systemFlags", default=0, idx=0)) & CONSTRUCTED):
                continue
            self.kept[name.lower()] = name
        self.kept = {key: name for key, name in self.kept.items() if key not in OWN}
        self.kept["objectguid"] = "objectGUID"    # system-only; the relax control lets it be given
        for row in db.search(self.domain, ldb.SCOPE_SUBTREE, "(sAMAccountName=*)",
                             attrs=["sAMAccountName"]):
            self.logon_names.add(str(row["sAMAccountName"][0]).lower())

    def rebased(self, text):
        """The DN that an object of the export gets; None for the head of a domain."""
        dn = ldb.Dn(self.db, text)
        if dn.is_child_of(self.domain):    # or is it
            return dn if dn != self.domain else None
        size = len(dn)
        domain_size = 0
        while domain_size < size and dn.get_component_name(size - 1 - domain_size).lower() == "dc":
            domain_size += 1
        if domain_size == size:
            return None
        dn.remove_base_components(domain_size)
        dn.add_base(self.tenant)
        return dn

    def make_parents(self, dn):
        if dn == self.domain or str(dn).lower() in self.parents:
            return
        if not self.exists(dn):
            self.make_parents(dn.parent())
            kind = "organizationalUnit" if dn.get_rdn_name().lower() == "ou" else "container"
            self.db.add({"dn": dn, "objectClass": kind})
            self.done[kind] += 1
        self.parents.add(str(dn).lower())

    def exists(self, dn):
        try:
            self.db.search(dn, ldb.SCOPE_BASE, attrs=["1.1"])
        except ldb.LdbError as error:
            if error.args[0] == ldb.ERR_NO_SUCH_OBJECT:
                return False
            raise
        return True

    def add(self, dn_text, values):
        classes = {value.decode().lower() for value in values.get("objectclass", [])}
        dn = self.rebased(dn_text)
        if values.get("isdeleted") == [b"TRUE"] or dn is None:
            self.done["left out"] += 1
            return
        if classes & {"organizationalunit", "container"}:
            self.make_parents(dn)
            return
        kind = next((name for name in CLASSES if name.lower() in classes), None)
        if kind is None:
            self.done["left out"] += 1
            return
        self.make_parents(dn.parent())
        message = ldb.Message(dn)
        message["objectClass"] = ldb.MessageElement([kind], 0, "objectClass")
        for key, octets in values.items():
            if key in self.kept:
                message[self.kept[key]] = ldb.MessageElement(octets, 0, self.kept[key])
        if kind != "contact":
            self.set_logon_names(message, values)
        self.db.add(message, controls=["relax:0"])
        self.done[kind] += 1

    def set_logon_names(self, message, values):
        name = values.get("samaccountname", [b""])[0].decode()
        if not name or name.lower() in self.logon_names:
            name = f"made-up-{len(self.logon_names)}"
        self.logon_names.add(name.lower())
        message["sAMAccountName"] = ldb.MessageElement([name], 0, "sAMAccountName")
        principal = values.get("userprincipalname", [b""])[0].lower()
        if principal in self.principal_names:
            del message["userPrincipalName"]
        elif principal:
            self.principal_names.add(principal)


def main():
    smb_conf, path, file = sys.argv[1:]
    lp = LoadParm()
    lp.load(smb_conf)
    # All is one transaction, and a refused object ends it: then the index can stay in memory.
    db = SamDB(url=path, session_info=system_session(), lp=lp, flags=ldb.FLG_NOSYNC,
               options=["batch_mode:1", "transaction_index_cache_size:1000000"])
    loader = Loader(db)
    db.transaction_start()
    for dn, values in read_records(file):
        try:
            loader.add(dn, values)
        except (ldb.LdbError, ValueError) as error:
            db.transaction_cancel()
            sys.exit(f"{file}: the DC refuses {dn}: {error.args[-1]}")
    db.transaction_commit()
    print(", ".join(f"{count} {kind}" for kind, count in loader.done.items()) or "nothing")


if __name__ == "__main__":
    main()
